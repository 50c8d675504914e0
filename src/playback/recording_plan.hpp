#pragma once

#include "pixelpass/mpegts/ts_demuxer.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <variant>
#include <vector>

namespace pixelpass::playback {

/// Begins a file with these tracks; the former one has ended.
struct BeginFile {
  std::vector<mpegts::ElementaryTrack> tracks;
};
struct WriteUnit {
  std::size_t track = 0;  ///< index in BeginFile's
  SharedBytes bytes;
  std::chrono::nanoseconds pts{};  ///< from the file's start
  std::chrono::nanoseconds dts{};  ///< as above; never goes back within a track
  bool keyframe = false;
  bool after_gap = false;
};
/// Ends a track: nothing more comes on it in this file.
struct EndTrack {
  std::size_t track = 0;
};
using RecordingStep = std::variant<BeginFile, WriteUnit, EndTrack>;

/// Decides what of a stream goes into which file of a container, whose tracks are fixed at its beginning, and
/// when.
/// - A file begins with a keyframe, with the tracks that have delivered something: for a silent track from a
///   table the muxer would wait for ever.
/// - A track that falls silent ends. When it comes back, or a track or a kind of sound is new, another file
///   begins, with a keyframe.
/// - Time goes on through gaps. If the stream's clock begins anew (the host was restarted) the file's does
///   not.
/// A change of the picture's size does not matter here: parameter sets are in the pictures.
/// Sans-IO. Bounded: holds at most kMostHeld bytes, or kWaitForTracks of the stream.
class RecordingPlan {
 public:
  /// How late sound may be and still be waited for.
  static constexpr Ticks kWaitForTracks{3 * 90'000};
  static constexpr Ticks kAudioSilent = kWaitForTracks;
  /// How long pictures may be missing before the track counts as silent; a still screen is repeated more
  /// often.
  static constexpr Ticks kPictureSilent{30 * 90'000};
  static constexpr std::size_t kMostHeld = 16 << 20;  ///< bytes, with
  static constexpr std::size_t kUnitOverhead = 1024;  ///< of each unit, however small: about what it takes
  /// A jump ahead by more than this is a new clock, not a gap.
  static constexpr Ticks kLongestGap{600 * 90'000};
  /// A jump ahead by more than this is a gap in all tracks: none has been silent.
  static constexpr Ticks kGap{90'000};
  /// The step from the old clock's last picture to the new one's first.
  static constexpr Ticks kNewClockStep{90'000 / 25};

  /// The least step between pictures: containers count milliseconds, and of two pictures with one time a
  /// player shows only the second.
  static constexpr Ticks kPictureStep{90};

  /// Whether the container takes a kind of track.
  using CanHold = std::function<bool(StreamType)>;
  explicit RecordingPlan(CanHold can_hold) : can_hold_(std::move(can_hold)) {}

  /// `listed`: the stream's current tracks.
  void on_unit(const mpegts::ElementaryUnit& unit, const std::vector<mpegts::ElementaryTrack>& listed);
  /// The stream has ended: writes what is held.
  void flush();
  std::optional<RecordingStep> poll_step();
  /// A kind of track that is left out; each only once.
  std::optional<StreamType> poll_refusal();

 private:
  struct Track {
    mpegts::ElementaryTrack track;
    unsigned audio = 0;  ///< what a decoder has to know of it before it begins
    Ticks newest{};
    Ticks heard{};  ///< when it fell silent, if it has
    bool ended = false;
  };
  struct Placed {
    mpegts::ElementaryUnit unit;
    Ticks pts{}, dts{};  ///< on the timeline
  };

  [[nodiscard]] Placed place(const mpegts::ElementaryUnit& unit);
  [[nodiscard]] bool may_begin(const Placed& placed) const;
  void hold(Placed placed);
  void begin_file();
  void write(const Placed& placed);
  void end_silent_tracks();
  [[nodiscard]] bool has_all_tracks() const;
  [[nodiscard]] std::optional<std::size_t> find(const mpegts::ElementaryUnit& unit) const;

  CanHold can_hold_;
  std::vector<mpegts::ElementaryTrack> listed_;  ///< of those that the container takes

  /// The position of the stream's clock on the timeline.
  std::optional<Ticks> clock_;
  Ticks at_{};
  Ticks newest_{};
  std::vector<std::pair<std::uint16_t, Ticks>> last_dts_;  ///< by PID, as they came

  std::deque<Placed> held_;
  std::size_t held_bytes_ = 0;
  std::vector<mpegts::ElementaryTrack> held_tracks_;  ///< of which something is held
  std::vector<Track> tracks_;                         ///< of the file; empty: none has begun
  Ticks file_began_{};
  Ticks written_{};  ///< the newest of the file's
  bool wants_other_file_ = false;
  std::deque<RecordingStep> steps_;
  std::deque<StreamType> refusals_;
  std::set<StreamType> refused_;
};

}  // namespace pixelpass::playback
