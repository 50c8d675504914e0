#pragma once

#include "pixelpass/media/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace pixelpass::playback {

/// Puts groups in order, which come over streams of their own, newest first, and some never completely. Gives
/// frames in order as soon as they are there. A group that was cut off, or is late by more than `latency`
/// (counted from the first frame of a newer one), is left, and the next frame out is the start of the newest
/// group, marked `after_gap`. Of each group the output is its start, and a run of whole frames without a
/// hole. A group may come again from its start (over another connection): frames that came before are
/// dropped, so that it continues. Sans-IO. Thread: network.
class GroupReassembler {
 public:
  /// What may wait behind a late group; beyond it the output goes to the newest group at once.
  struct Limits {
    std::size_t groups = 16;
    std::size_t bytes = 64 << 20;
    /// The number of frames; each costs some 256 bytes more than its payload.
    std::size_t frames = 64 << 10;
  };

  explicit GroupReassembler(Duration latency) : GroupReassembler(latency, Limits{}) {}
  GroupReassembler(Duration latency, Limits limits) : latency_(latency), limits_(limits) {}

  /// `index` counts from 0 within the group; a frame that does not follow the last one is ignored. So is a
  /// frame of the group with the highest possible number, as no group could follow.
  void on_frame(std::uint64_t group, std::size_t index, Frame frame, Instant now);
  /// No more frames of this group will come, unless it is sent again.
  void on_group_ended(std::uint64_t group, bool complete, Instant now);
  void on_timeout(Instant now);
  /// When a late group will be left; nullopt while nothing newer waits.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// The next frame in order. To be drained after each call above: frames that are ready do not count as
  /// waiting.
  std::optional<Frame> poll_frame();
  /// A group that was left, and whose rest is not wanted any more. Comes again if the group is sent again.
  std::optional<std::uint64_t> poll_abandoned();
  /// Whether a frame of the group with the highest possible number came, and none has come out since.
  [[nodiscard]] bool is_refusing() const { return is_refusing_; }
  /// The number of groups that did not come out completely.
  [[nodiscard]] std::uint64_t skipped_groups() const { return skipped_groups_; }

 private:
  struct Group {
    std::deque<Frame> frames;  ///< had, not given yet
    std::size_t received = 0;  ///< frames had in a row from the start, given or not
    std::size_t length = 0;    ///< one past the highest index seen
    Instant first_seen;
    bool ended = false;
    bool complete = false;

    [[nodiscard]] bool whole() const { return complete && received == length; }
    [[nodiscard]] bool cut_off() const { return ended && !whole(); }
  };
  using Groups = std::map<std::uint64_t, Group>;

  bool store(std::uint64_t group, std::size_t index, Frame frame, Instant now);
  void advance(Instant now);
  void give(Group& group);
  [[nodiscard]] bool must_leave(Instant now) const;
  [[nodiscard]] bool over_limits() const;
  [[nodiscard]] std::optional<std::uint64_t> newest_waiting() const;
  void leave_for(std::uint64_t newest);

  Duration latency_;
  Limits limits_;
  Groups groups_;               ///< `expected_` and newer ones
  std::uint64_t expected_ = 0;  ///< the group that the next frame has to come from
  bool started_ = false;
  bool is_refusing_ = false;
  bool gap_ = false;               ///< something was left out since the last frame given
  std::size_t waiting_bytes_ = 0;  ///< of all frames in `groups_`
  std::size_t waiting_frames_ = 0;
  std::deque<Frame> ready_;
  std::deque<std::uint64_t> abandoned_;
  std::uint64_t skipped_groups_ = 0;
};

}  // namespace pixelpass::playback
