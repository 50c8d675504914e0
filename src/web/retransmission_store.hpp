#pragma once

#include "pixelpass/base/clock.hpp"

#include "web/rtp_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace pixelpass::web {

struct SentPacket {
  RtpPayload payload;
  std::uint32_t timestamp = 0;
  std::uint64_t index = 0;  ///< roll-over counter and sequence number
  Instant sent_at;
  Instant resent_at{};
  int resent = 0;
};

/// The picture's last packets, for a browser that misses one. Units are shared with all other viewers: what
/// is kept of a packet is where it lies. Bounded by age and by bytes. Sans-IO.
class RetransmissionStore {
 public:
  static constexpr Duration kMaxAge = 1s;
  static constexpr std::size_t kMaxBytes = 4 << 20;
  static constexpr std::size_t kMaxPackets = 4096;
  /// A packet that got lost so often is given up.
  static constexpr int kMaxResends = 5;

  /// Their indices follow each other.
  void keep(SentPacket packet);
  /// The one of the latest 65,536 that has this sequence number; nullptr: not kept any more, or never sent.
  SentPacket* find(std::uint16_t sequence);
  /// Now, and not again within `pause`: an answer is on its way.
  static bool may_resend(const SentPacket& packet, Duration pause, Instant now) {
    return packet.resent < kMaxResends && (packet.resent == 0 || now - packet.resent_at >= pause);
  }
  [[nodiscard]] std::size_t size() const { return packets_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::deque<SentPacket> packets_;  ///< the oldest first
  std::size_t bytes_ = 0;
};

}  // namespace pixelpass::web
