#pragma once

#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace pixelpass::app {

/// The pictures of a stream that is passed through, for browsers, which take access units: the first video
/// track. Its sound is left out, since browsers take no AAC; its Opus version is placed into the pictures'
/// time. Sans-IO. Thread: network.
class PassedPictures {
 public:
  using OnUnit = std::function<void(const AccessUnit&)>;

  /// Why a browser shows nothing of a stream.
  enum class Objection : std::uint8_t {
    kNone,
    kNotH264,
    kReordered,  ///< B-frames: pictures come in another order than they are shown in
  };

  /// Takes a frame, which is one access unit's packets, and gives its picture at once.
  void feed(const Frame& frame, const OnUnit& on_unit);
  /// The pictures of a group whose last frame was the last to be fed, in the time of those that follow: for a
  /// newcomer. `is_fed`: that frame was fed; else feeding goes on from there. Empty: there is an objection.
  std::vector<AccessUnit> replay(std::span<const FramePtr> group, bool is_fed);
  /// The objection as of the input so far.
  [[nodiscard]] Objection objection() const { return objection_; }
  /// Sound whose PTS is its time stamp in the stream, at its place among the pictures; nullopt: it has none,
  /// or came before what came before it. It comes a little after its pictures: where their film has begun
  /// again by then, its place is at the end of that film.
  std::optional<AccessUnit> place(AccessUnit audio);

 private:
  /// A picture's place.
  struct Place {
    Ticks stamp{};                        ///< as it came
    std::chrono::nanoseconds shown_at{};  ///< the same, which neither wraps nor goes back
  };

  void take(const mpegts::ElementaryUnit& unit, Instant captured_at, const OnUnit& on_unit);
  void judge(const mpegts::ElementaryUnit& unit);
  void go_on(Ticks stamp);
  [[nodiscard]] std::chrono::nanoseconds shown_at() const {
    return newest_ ? newest_->shown_at : std::chrono::nanoseconds{};
  }

  mpegts::TsDemuxer demuxer_;
  std::optional<Place> newest_;
  std::optional<Place> ended_;  ///< the last one before a film began again
  Ticks step_{};                ///< from one picture to the next
  Objection objection_ = Objection::kNone;
  std::optional<std::chrono::nanoseconds> audio_shift_;  ///< from its time stamps to shown_at_'s time
  std::optional<std::chrono::nanoseconds> last_audio_;   ///< where it was put
};

}  // namespace pixelpass::app
