#pragma once

#include "pixelpass/encode/media_source.hpp"

#include <mutex>

namespace pixelpass::encode {

/// Stands between a source's own threads and its owner: lets units pass while the source plays. Each run of
/// units begins with a keyframe that is no older than the play() that started it.
/// The lock is held while a unit is handed over. That gives the units of the audio and the video thread one
/// order, and none comes once close() has returned. Handing over is a post to a queue, so neither thread
/// waits for long; but a callback must not call the source. Thread: any.
class FrameGate {
 public:
  enum class Outcome : std::uint8_t {
    kPassed,
    kUnwanted,       ///< closed, ended, or captured before it was opened
    kNeedsKeyframe,  ///< would have passed, but the run has to begin with a keyframe
  };

  explicit FrameGate(MediaCallbacks callbacks) : callbacks_(std::move(callbacks)) {}

  /// Lets units captured at `from` and later pass. False: it was open, and nothing has changed.
  bool open(Instant from);
  /// Closes the gate: no unit comes once it has returned. False: it was closed.
  bool close();
  /// Holds all units back once it has returned, until release() was called as often as this.
  void hold();
  /// Undoes one hold(): units captured at `from` and later may pass again, a keyframe first. The gate stays
  /// open or closed as it was.
  void release(Instant from);
  /// Tells the owner of this, unless the source has ended.
  void tell(StreamDescription description);
  void tell(Error notice);
  void hide(std::string reason);
  void tell_of_hang(Error error);
  /// Tells the owner that the source has ended, once; nothing follows.
  void end(Error error);
  /// Closes the gate for good, without telling anybody.
  void shut();

  /// Hands the unit over, if it is wanted.
  Outcome pass(MediaUnit unit);

 private:
  [[nodiscard]] Outcome judge(const MediaUnit& unit) const;

  std::mutex mutex_;  ///< guards all below
  MediaCallbacks callbacks_;
  Instant from_;
  bool open_ = false;
  int held_ = 0;  ///< hold() without its release()
  bool ended_ = false;
  bool needs_keyframe_ = true;
  bool passed_any_ = false;
  bool gap_ = false;  ///< the next unit does not follow the last one that passed
};

}  // namespace pixelpass::encode
