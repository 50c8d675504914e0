#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass::web {

/// SRTP profiles by their numbers in DTLS's use_srtp extension (RFC 5764 section 4.1.2, RFC 7714 section
/// 14.2).
enum class SrtpProfile : std::uint16_t { kAes128CmSha1_80 = 0x0001, kAeadAes128Gcm = 0x0007 };

inline constexpr std::size_t kSrtpKeyBytes = 16;
constexpr std::size_t salt_bytes(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes128Gcm ? 12 : 14;
}

/// The DTLS exporter's output (RFC 5764 section 4.2): for each direction a master key, followed by its salt.
struct SrtpKeys {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  Bytes ours;    ///< that we send with
  Bytes theirs;  ///< that the browser sends with
};

}  // namespace pixelpass::web
