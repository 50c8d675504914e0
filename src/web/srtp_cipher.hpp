#pragma once

#include "web/srtp_keys.hpp"
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace pixelpass::web {

/// The most bytes that SRTP or SRTCP adds to a packet: the tag and, for SRTCP, the index.
constexpr std::size_t tag_bytes(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes128Gcm ? 16 : 10;
}
inline constexpr std::size_t kSrtcpIndexBytes = 4;
inline constexpr std::size_t kMaxSrtcpOverhead = 16 + kSrtcpIndexBytes;

/// The keys of one direction, for either RTP or RTCP.
struct SrtpSessionKeys {
  Bytes key;
  Bytes salt;
  Bytes authentication;  ///< 20 bytes; of no use with GCM
};

enum class SrtpUse : std::uint8_t { kRtp = 0, kRtcp = 3 };
/// Derives keys by RFC 3711 section 4.3, with a key derivation rate of 0. `master`: key and salt.
SrtpSessionKeys derive(SrtpProfile profile, ByteView master, SrtpUse use);

/// One cryptographic transform: AES-CM with HMAC-SHA1-80 (RFC 3711 section 4) or AES-128-GCM (RFC 7714).
/// Throws std::bad_alloc when OpenSSL cannot. Sans-IO. Thread: network.
class SrtpCipher {
 public:
  SrtpCipher(SrtpProfile profile, const SrtpSessionKeys& keys);

  /// Encrypts everything behind the header in place, and appends the tag, for which `packet` has room.
  /// `index`: roll-over counter and sequence number. Returns the packet's size.
  std::size_t seal_rtp(std::span<std::uint8_t> packet, std::size_t header, std::size_t bytes,
                       std::uint64_t index);
  /// The same for a compound RTCP packet; `index` has 31 bits.
  std::size_t seal_rtcp(std::span<std::uint8_t> packet, std::size_t bytes, std::uint32_t index);

  struct OpenedRtcp {
    Bytes packet;
    std::uint32_t index = 0;
  };
  /// Decrypts; nullopt: the packet is not authentic.
  std::optional<OpenedRtcp> open_rtcp(ByteView srtcp);

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  using Iv = std::array<std::uint8_t, 16>;
  using Tag = std::array<std::uint8_t, 20>;

  [[nodiscard]] bool is_gcm() const { return profile_ == SrtpProfile::kAeadAes128Gcm; }
  [[nodiscard]] Iv make_iv(std::uint32_t ssrc, std::uint64_t index) const;
  void crypt(std::span<std::uint8_t> bytes);
  void authenticate(ByteView bytes);
  void finish_gcm(std::uint8_t* tag);
  [[nodiscard]] Tag hmac(ByteView bytes, std::uint32_t behind);
  void begin(const Iv& iv, bool encrypt);

  SrtpProfile profile_;
  Bytes salt_;
  std::unique_ptr<EVP_CIPHER_CTX, Free> cipher_;
  std::unique_ptr<EVP_MAC_CTX, Free> mac_;  ///< not with GCM
};

}  // namespace pixelpass::web
