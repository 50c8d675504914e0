#pragma once

#include "pixelpass/encode/media_source.hpp"

#include <mutex>

namespace pixelpass::encode {

/// Between a source's own threads and its owner: lets frames pass while the source plays, each run of them
/// beginning with a keyframe that is not older than the play() it answers.
/// The lock is held while a frame is made and handed over: the audio and the video thread share one
/// mpegts::TsWriter, whose counters have to be in the order in which the frames go out. Handing over is a
/// post to a queue, so neither thread waits for long. So a callback must not call the source. Thread: any.
class FrameGate {
 public:
  enum class Outcome : std::uint8_t {
    kPassed,
    kUnwanted,       ///< closed, ended, or captured before it was opened
    kNeedsKeyframe,  ///< would have passed, but the run has to begin with a keyframe
  };

  explicit FrameGate(MediaCallbacks callbacks) : callbacks_(std::move(callbacks)) {}

  /// Lets frames captured at `from` and later pass. False: it was open, and nothing has changed.
  bool open(Instant from);
  /// When it has returned no frame comes any more. False: it was closed.
  bool close();
  /// Tells the owner what else there is to tell, unless the source has ended.
  void tell(StreamDescription description);
  void tell(Error notice);
  /// Tells the owner that the source has ended, once; nothing follows.
  void end(Error error);
  /// Like close(), for good, and without telling anybody.
  void shut();

  /// Calls `make` for the frame, if it is wanted, and hands it over.
  template <class Make>
  Outcome pass(Instant captured_at, bool keyframe, Make&& make) {
    const std::lock_guard lock(mutex_);
    const Outcome outcome = judge(captured_at, keyframe);
    if (outcome != Outcome::kPassed) return outcome;
    Frame frame = make();
    frame.after_gap |= gap_;
    gap_ = false;
    needs_keyframe_ = false;
    passed_any_ = true;
    callbacks_.on_frame(std::move(frame));
    return outcome;
  }

 private:
  [[nodiscard]] Outcome judge(Instant captured_at, bool keyframe) const;

  std::mutex mutex_;  ///< guards all below
  MediaCallbacks callbacks_;
  Instant from_;
  bool open_ = false;
  bool ended_ = false;
  bool needs_keyframe_ = true;
  bool passed_any_ = false;
  bool gap_ = false;  ///< the next frame does not follow the last one that passed
};

}  // namespace pixelpass::encode
