#pragma once

#include "pixelpass/broadcast/frame.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace pixelpass::playback {

/// Puts groups in order: they come over streams of their own, newest first, and some never whole.
/// Gives frames in order as soon as they are there; a group that is late by more than `latency` (counted from
/// the first frame of a newer one) or that was cut off is left, and the next frame out is the start of a
/// newer group, marked `after_gap`. What comes out of a group is always its start and a run of whole frames
/// without a hole. Sans-IO. Thread: network.
class GroupReader {
 public:
  explicit GroupReader(Duration latency) : latency_(latency) {}

  void on_frame(std::uint64_t group, std::size_t index, Frame frame, Instant now);
  /// No more frames of this group will come.
  void on_group_ended(std::uint64_t group, bool complete, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// The next frame in order.
  std::optional<Frame> poll_frame();
  /// A group that was left and whose rest is not wanted any more.
  std::optional<std::uint64_t> poll_abandoned();
  [[nodiscard]] std::uint64_t skipped_groups() const { return skipped_groups_; }

 private:
  Duration latency_;
  std::uint64_t skipped_groups_ = 0;
};

}  // namespace pixelpass::playback
