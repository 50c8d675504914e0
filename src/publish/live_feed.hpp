#pragma once

#include "pixelpass/playback/frame_feed.hpp"

#include <optional>
#include <span>

namespace pixelpass::publish {

/// Selects what an engine is sent: nothing before it is open, then from the next keyframe on, never more than
/// a group behind. Sans-IO. Thread: network.
class LiveFeed {
 public:
  /// How far behind an engine may be; beyond that it loses whole groups, since its audience would never catch
  /// up.
  static constexpr std::uint64_t kMostGroupsBehind = 1;

  explicit LiveFeed(const Broadcast& broadcast) : broadcast_(broadcast) {}

  /// Opens with the next group: after the current one, an engine's audience would stay behind by that group's
  /// age.
  void open() {
    feed_.emplace(broadcast_, kMostGroupsBehind);
    feed_->wait_for_next_group();
  }
  /// Packets of the current group were lost on this side: drops its rest. Only between two frames.
  void skip_group() {
    if (feed_) feed_->skip_group();
  }
  [[nodiscard]] bool is_open() const { return feed_.has_value(); }
  /// As FrameFeed's.
  std::span<const iovec> pieces() { return feed_ ? feed_->pieces() : std::span<const iovec>{}; }
  void consume(std::size_t bytes) {
    bytes_ += bytes;
    feed_->consume(bytes);
  }
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_; }
  [[nodiscard]] std::uint64_t skipped_groups() const { return feed_ ? feed_->skipped_groups() : 0; }

 private:
  const Broadcast& broadcast_;
  std::optional<playback::FrameFeed> feed_;
  std::uint64_t bytes_ = 0;
};

}  // namespace pixelpass::publish
