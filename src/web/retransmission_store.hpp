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
  std::uint64_t index = 0;               ///< roll-over counter and sequence number
  std::uint16_t transport_sequence = 0;  ///< that it was sent with
  Instant sent_at;
  Instant resent_at{};
  int resent = 0;
};

/// The last video packets, for a browser that misses one. Units are shared with all other viewers: a packet
/// is stored as a reference into them. Bounded by age and by bytes. Sans-IO.
class RetransmissionStore {
 public:
  static constexpr Duration kMaxAge = 1s;
  static constexpr std::size_t kMaxBytes = 4 << 20;
  static constexpr std::size_t kMaxPackets = 4096;
  /// A packet that was lost so often is given up.
  static constexpr int kMaxResends = 5;

  /// Indices are consecutive.
  void keep(SentPacket packet);
  /// The packet with this sequence number, of the latest 65,536; nullptr: not kept any more, or never sent.
  SentPacket* find(std::uint16_t sequence);
  /// Whether the packet may be sent again now; not twice within `pause`, while an answer may be on its way.
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
