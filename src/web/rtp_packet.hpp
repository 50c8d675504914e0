#pragma once

#include "pixelpass/base/bytes.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pixelpass::web {

/// The longest datagram, SRTP's tag included: every path to a browser carries it.
inline constexpr std::size_t kMaxRtpBytes = 1200;
/// The rate of video's RTP clock, in ticks a second.
inline constexpr std::uint32_t kVideoRate = 90'000;

/// One packet's payload: a few bytes of its own, then a piece of an access unit, which is not copied.
struct RtpPayload {
  static constexpr std::size_t kMaxPrefix = 15;

  SharedBytes owner;  ///< keeps `piece`
  ByteView piece;
  std::array<std::uint8_t, kMaxPrefix> prefix{};
  std::uint8_t prefix_bytes = 0;
  bool marker = false;  ///< video: the picture's last packet

  [[nodiscard]] std::size_t size() const { return prefix_bytes + piece.size(); }
};

/// RFC 3550 section 5.1, with header extensions of the one-byte kind (RFC 8285): a playout delay of 0 to 0,
/// with which browsers show the picture as soon as it has arrived; and the packet's number among all that go
/// to this browser, by which it says what has come (draft-holmer-rmcat-transport-wide-cc-extensions-01).
struct RtpHeader {
  static constexpr std::size_t kBytes = 12;
  static constexpr std::size_t kMaxExtensionBytes = 12;

  std::uint8_t type = 0;
  bool marker = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint8_t playout_delay_id = 0;  ///< 0: no such extension
  std::uint8_t transport_id = 0;      ///< 0: the same
  std::uint16_t transport_sequence = 0;

  [[nodiscard]] std::size_t size() const;
};

/// Writes the header into `out`, which has room for it; returns header.size().
std::size_t write(const RtpHeader& header, std::span<std::uint8_t> out);
std::size_t write(const RtpPayload& payload, std::span<std::uint8_t> out);

/// Ticks of an RTP clock that counts `rate` a second, before the random offset.
std::uint32_t to_rtp_time(std::chrono::nanoseconds pts, std::uint32_t rate);

}  // namespace pixelpass::web
