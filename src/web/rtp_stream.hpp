#pragma once

#include "pixelpass/base/random.hpp"

#include "web/rtp_packet.hpp"

#include <chrono>
#include <cstdint>

namespace pixelpass::web {

/// The state of one outgoing SSRC.
struct RtpStream {
  std::uint32_t ssrc = 0;
  std::uint8_t type = 0;
  std::uint32_t rate = 0;       ///< of its RTP clock, ticks a second
  std::uint64_t index = 0;      ///< of the next packet: roll-over counter and sequence number
  std::uint32_t time_base = 0;  ///< RTP time of pts 0
  std::uint32_t packets = 0;
  std::uint32_t payload_bytes = 0;

  [[nodiscard]] std::uint32_t time_of(std::chrono::nanoseconds pts) const {
    return time_base + to_rtp_time(pts, rate);
  }
  [[nodiscard]] RtpHeader header_of(const RtpPayload& payload, std::uint32_t timestamp,
                                    std::uint64_t packet_index, std::uint8_t playout_delay_id) const {
    return {.type = type,
            .marker = payload.marker,
            .sequence = static_cast<std::uint16_t>(packet_index),
            .timestamp = timestamp,
            .ssrc = ssrc,
            .playout_delay_id = playout_delay_id};
  }
  /// Counts a packet that was sent.
  void count(const RtpPayload& payload) {
    ++index;
    ++packets;
    payload_bytes += static_cast<std::uint32_t>(payload.size());
  }
};

/// When the RTP clocks of a browser's streams began, before pts 0; random (RFC 3550 section 5.1). It is the
/// same for all streams: the page compares the times of picture and sound.
std::chrono::milliseconds draw_clock_begin(const Random& random);

/// Makes a stream. Its sequence numbers begin at random, but far from the first wrap: a receiver that misses
/// the first packets has to guess the roll-over counter (RFC 3711 section 3.3.1).
RtpStream make_stream(std::uint32_t ssrc, std::uint8_t type, std::uint32_t rate,
                      std::chrono::milliseconds clock_begin, const Random& random);

}  // namespace pixelpass::web
