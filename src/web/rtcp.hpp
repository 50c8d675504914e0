#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include "web/transport_feedback.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace pixelpass::web {

/// The upper half counts seconds, the lower their fractions (RFC 3550 section 4). Ours count from the
/// machine's start: only differences matter to browsers.
using NtpTime = std::uint64_t;
NtpTime to_ntp(Instant instant);
/// The middle 32 bits, which receivers echo: units of 1/65536 s.
constexpr std::uint32_t middle_of(NtpTime time) {
  return static_cast<std::uint32_t>(time >> 16U);
}

struct SenderReport {
  std::uint32_t ssrc = 0;
  NtpTime ntp = 0;
  std::uint32_t rtp_time = 0;  ///< at the same moment
  std::uint32_t packets = 0;
  std::uint32_t payload_bytes = 0;
};
/// A compound packet: the report, and the source's name (SDES CNAME; at most 255 bytes).
Bytes write(const SenderReport& report, std::string_view cname);

/// A receiver's report on one of our streams (RFC 3550 section 6.4.1).
struct ReceptionReport {
  std::uint32_t ssrc = 0;
  std::int32_t lost = 0;               ///< in all; less than zero where packets came twice
  std::uint32_t highest_sequence = 0;  ///< with the count of wraps
  std::uint32_t jitter = 0;            ///< in ticks of the stream's clock
  std::uint32_t last_report = 0;       ///< middle_of our last report's time; 0: none has come
  std::uint32_t delay = 0;             ///< since that came, 1/65536 s
};
/// Packets that are missing (RFC 4585 section 6.2.1).
struct Nack {
  std::uint32_t ssrc = 0;
  std::vector<std::uint16_t> sequences;
};
/// PLI (RFC 4585 section 6.3.1), or FIR (RFC 5104 section 4.3.1).
struct KeyframeRequest {
  std::uint32_t ssrc = 0;
};
struct Bye {};
using RtcpMessage = std::variant<ReceptionReport, Nack, KeyframeRequest, Bye, TransportFeedback>;

/// The most packets that are taken from one datagram; further ones are left out.
inline constexpr std::size_t kMaxNacked = 1024;

/// The known packets of a compound packet (or of reduced size: RFC 5506), in order. Everything after an
/// unreadable one is left out.
std::vector<RtcpMessage> read_rtcp(ByteView compound);

}  // namespace pixelpass::web
