#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/web/line_limit.hpp"

#include "web/rtp_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// The video packets that wait to be sent. Packets that wait longer than `latency` give way to a keyframe:
/// the next one in the queue, or one still to come. A keyframe gives way only to a newer one, and once it has
/// begun to leave to none, or a line too slow for it would never show anything. Sans-IO.
class SendQueue {
 public:
  struct Waiting {
    RtpPayload payload;
    std::uint32_t timestamp = 0;
    Instant since;
    bool keyframe = false;  ///< of a keyframe
    bool begins = false;    ///< a group
  };
  /// With more bytes than this, what waits counts as late at once.
  static constexpr std::size_t kMaxBytes = 8 << 20;

  explicit SendQueue(Duration latency) : latency_(latency) {}

  /// Adds a picture. False: it is useless, since a picture before it was dropped.
  bool push(std::vector<RtpPayload> picture, std::uint32_t timestamp, bool keyframe, Instant now);
  void drop_late(Instant now);
  /// Drops everything: what follows begins with a keyframe.
  void drop_all();
  /// When the first packet becomes late.
  [[nodiscard]] std::optional<Instant> deadline() const;

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] const Waiting& front() const { return waiting_.front(); }
  Waiting pop();
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Drops pictures up to the next keyframe.
  void wait_for_keyframe() { needs_keyframe_ = true; }
  /// Whether nothing can be sent before a keyframe has come.
  [[nodiscard]] bool needs_keyframe() const { return needs_keyframe_; }
  [[nodiscard]] std::uint64_t skipped_groups() const { return skipped_groups_; }

 private:
  using Place = std::deque<Waiting>::const_iterator;
  [[nodiscard]] Place first_to_drop() const;
  [[nodiscard]] Place next_group(Place from) const;

  Duration latency_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
  bool needs_keyframe_ = true;
  bool has_begun_ = false;  ///< to send the keyframe in front
  std::uint64_t skipped_groups_ = 0;
};

/// The pace at which the picture is sent: at once what the bitrate brings within kBurst, then kFactor times
/// the bitrate, or as fast as needed for what waits to be sent within kMostWait. On a line with a limit
/// that the encoder follows, kOfLine times that. Sans-IO.
class Pace {
 public:
  static constexpr Duration kBurst = 40ms;
  static constexpr double kFactor = 2.5;
  static constexpr Duration kMostWait = 100ms;
  /// With what RTP adds, a quarter more than the line carries: it is there to be found faster.
  static constexpr double kOfLine = 1.35;

  void set_bitrate(std::int64_t bits_per_second) { bits_per_second_ = static_cast<double>(bits_per_second); }
  void set_limit(const std::optional<LineLimit>& limit) { limit_ = limit; }
  /// `waiting`: bytes, including those that are sent now.
  void on_sent(std::size_t bytes, std::size_t waiting, Instant now);
  /// When the next packet may be sent.
  [[nodiscard]] Instant free_at() const { return free_at_; }

 private:
  [[nodiscard]] double least_rate() const;

  double bits_per_second_ = 8e6;
  std::optional<LineLimit> limit_;
  double hurry_ = 0;  ///< bits a second at least, until nothing waits
  Instant free_at_{};
};

}  // namespace pixelpass::web
