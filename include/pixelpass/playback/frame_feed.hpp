#pragma once

#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/mpegts/discontinuity.hpp"

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace pixelpass::playback {

/// Selects what one reader of a broadcast is sent next, in the kernel's form: from the newest group on, whole
/// frames only, with discontinuity marks where groups were skipped. Holds frames that are partly sent; their
/// bytes stay in the broadcast's memory. Sans-IO. Thread: network. `broadcast` outlives it.
class FrameFeed {
 public:
  /// The limit for live readers; a group takes two seconds at the default keyframe interval.
  static constexpr std::uint64_t kMaxGroupsBehind = 2;
  using OnSent = std::function<void(const Frame&)>;

  /// A reader more than `max_groups_behind` groups behind goes to the newest group. `on_sent` (may be empty)
  /// is called for each frame whose last byte was consumed.
  FrameFeed(const Broadcast& broadcast, std::uint64_t max_groups_behind, OnSent on_sent = {});

  /// Skips the current group, to begin with the next one. Only before the first pieces().
  void wait_for_next_group();
  /// Begins with the newest group, as the awaited one has not come. Does nothing once something was taken.
  void stop_waiting();

  /// Drops the rest of the current group, which is of no use to the reader any more. Only between two frames.
  void skip_group();

  /// The bytes to send next, for writev(2); empty when the reader has caught up. Valid until consume().
  std::span<const iovec> pieces();
  /// Marks so many bytes of pieces() as sent.
  void consume(std::size_t bytes);

  [[nodiscard]] bool mid_frame() const { return offset_ > 0; }
  [[nodiscard]] std::uint64_t skipped_groups() const { return cursor_.skipped_groups; }
  /// The payload that is kept for this reader and not sent yet. Walks all of its frames: for statistics.
  [[nodiscard]] std::size_t bytes_behind() const;

 private:
  /// The most frames taken from the broadcast at once: frames that were taken cannot be skipped any more.
  static constexpr std::size_t kBatchFrames = 16;
  static constexpr std::size_t kBatchBytes = 256 << 10;

  struct Entry {
    FramePtr frame;
    Bytes marks;

    [[nodiscard]] std::size_t size() const { return marks.size() + frame->bytes.size(); }
  };

  void refill();
  void skip_if_behind();

  const Broadcast& broadcast_;
  std::uint64_t max_groups_behind_;
  OnSent on_sent_;
  Cursor cursor_;
  mpegts::DiscontinuityMarker marker_;
  bool waiting_ = false;  ///< nothing has been taken since wait_for_next_group()
  bool gap_ = false;      ///< skipped since the last frame taken
  std::vector<Entry> batch_;
  std::size_t first_ = 0;   ///< index in `batch_` of the first entry not sent whole
  std::size_t offset_ = 0;  ///< bytes of that entry already sent
  std::array<iovec, 2 * kBatchFrames> pieces_{};
};

}  // namespace pixelpass::playback
