#pragma once

#include "pixelpass/base/clock.hpp"

#include "web/rtp_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// The picture's packets that wait to be sent. What waits longer than `latency` gives way to a keyframe: the
/// next one that waits, or one that is still to come. A keyframe itself gives way to a newer one alone, or a
/// line too slow for it would never show anything. Sans-IO.
class SendQueue {
 public:
  struct Waiting {
    RtpPayload payload;
    std::uint32_t timestamp = 0;
    Instant since;
    bool keyframe = false;  ///< of a keyframe
    bool begins = false;    ///< a group
  };
  /// More makes what waits late at once.
  static constexpr std::size_t kMaxBytes = 8 << 20;

  explicit SendQueue(Duration latency) : latency_(latency) {}

  /// False: it is of no use without what was dropped before it.
  bool push(std::vector<RtpPayload> picture, std::uint32_t timestamp, bool keyframe, Instant now);
  void drop_late(Instant now);
  /// Whatever waits: what follows begins with a keyframe.
  void drop_all();
  /// When something is late.
  [[nodiscard]] std::optional<Instant> deadline() const;

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] const Waiting& front() const { return waiting_.front(); }
  Waiting pop();
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// What comes next belongs to pictures that are not sent.
  void wait_for_keyframe() { needs_keyframe_ = true; }
  /// Nothing can be sent before a keyframe has come.
  [[nodiscard]] bool needs_keyframe() const { return needs_keyframe_; }
  [[nodiscard]] std::uint64_t skipped_groups() const { return skipped_groups_; }

 private:
  using Place = std::deque<Waiting>::const_iterator;
  [[nodiscard]] Place next_group() const;

  Duration latency_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
  bool needs_keyframe_ = true;
  std::uint64_t skipped_groups_ = 0;
};

/// How fast the picture leaves: what a bitrate brings within kBurst at once, and then kFactor times as fast,
/// or so fast that what waits has left within kMostWait. Sans-IO.
class Pace {
 public:
  static constexpr Duration kBurst = 40ms;
  static constexpr double kFactor = 2.5;
  static constexpr Duration kMostWait = 100ms;

  void set_bitrate(std::int64_t bits_per_second) { bits_per_second_ = static_cast<double>(bits_per_second); }
  /// `waiting`: bytes, those that are sent now among them.
  void on_sent(std::size_t bytes, std::size_t waiting, Instant now);
  /// Nothing more is to be sent before.
  [[nodiscard]] Instant free_at() const { return free_at_; }

 private:
  double bits_per_second_ = 8e6;
  double hurry_ = 0;  ///< bits a second at least, until nothing waits
  Instant free_at_{};
};

}  // namespace pixelpass::web
