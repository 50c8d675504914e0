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

/// The pictures of a stream that somebody else has encoded and muxed, for browsers, which take access units.
/// Of several tracks with pictures the first one. Sound is left out, as they take no AAC; what was made of it
/// for them is put into the pictures' time. Sans-IO. Thread: network.
class PassedPictures {
 public:
  using OnUnit = std::function<void(const AccessUnit&)>;

  /// Why a browser shows nothing of a stream.
  enum class Objection : std::uint8_t {
    kNone,
    kNotH264,
    kReordered,  ///< B-frames: pictures come in another order than they are shown in
  };

  /// A frame is one access unit's packets: its picture comes at once.
  void feed(const Frame& frame, const OnUnit& on_unit);
  /// The pictures of a group whose last frame was the last that was fed, in the time of those that follow:
  /// for who joins now. `is_fed`: that frame was fed indeed; else this goes on from there. Empty: there is an
  /// objection.
  std::vector<AccessUnit> replay(std::span<const FramePtr> group, bool is_fed);
  /// As of what has come so far.
  [[nodiscard]] Objection objection() const { return objection_; }
  /// Sound whose PTS is its time stamp in the stream, at its place among the pictures; nullopt: it has none,
  /// or came before what came before it.
  std::optional<AccessUnit> place(AccessUnit sound);

 private:
  void take(const mpegts::ElementaryUnit& unit, Instant captured_at, const OnUnit& on_unit);
  void judge(const mpegts::ElementaryUnit& unit);

  mpegts::TsDemuxer demuxer_;
  std::optional<Ticks> last_;            ///< time stamp, as it came
  std::chrono::nanoseconds shown_at_{};  ///< the same, which does not wrap
  Objection objection_ = Objection::kNone;
  std::optional<std::chrono::nanoseconds> sound_shift_;  ///< from its time stamps to shown_at_'s time
  std::optional<std::chrono::nanoseconds> last_sound_;   ///< where it was put
};

}  // namespace pixelpass::app
