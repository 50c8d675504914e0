#pragma once

#include "web/srtp_cipher.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace pixelpass::web {

/// The latest indices that have come (RFC 3711 section 3.3.2). Sans-IO.
class ReplayWindow {
 public:
  /// Notes an index. False: it has come before, or is too old to tell.
  bool take(std::uint32_t index);

 private:
  static constexpr std::uint32_t kWidth = 64;
  std::optional<std::uint32_t> newest_;
  std::uint64_t seen_ = 0;  ///< bit i: newest_ - i has come
};

/// The SRTP contexts shared with one browser. Sans-IO. Thread: network.
class SrtpSession {
 public:
  /// The most SSRCs under which a browser may report, one for each stream that it receives.
  static constexpr std::size_t kMaxSpeakers = 16;

  explicit SrtpSession(const SrtpKeys& keys);

  /// As SrtpCipher.
  std::size_t seal_rtp(std::span<std::uint8_t> packet, std::size_t header, std::size_t bytes,
                       std::uint64_t index) {
    return rtp_.seal_rtp(packet, header, bytes, index);
  }
  std::size_t seal_rtcp(std::span<std::uint8_t> packet, std::size_t bytes) {
    return rtcp_.seal_rtcp(packet, bytes, ++rtcp_index_ & 0x7fffffffU);
  }
  /// Decrypts; nullopt: the packet is not authentic, or has come before.
  std::optional<Bytes> open_rtcp(ByteView srtcp);

 private:
  SrtpCipher rtp_;
  SrtpCipher rtcp_;
  SrtpCipher their_rtcp_;
  std::uint32_t rtcp_index_ = 0;
  std::map<std::uint32_t, ReplayWindow> heard_;  ///< by SSRC
};

}  // namespace pixelpass::web
