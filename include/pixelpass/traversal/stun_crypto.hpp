#pragma once

#include "pixelpass/base/bytes.hpp"

#include <array>
#include <cstdint>

namespace pixelpass::traversal {

using Sha1Tag = std::array<std::uint8_t, 20>;
using Sha256Tag = std::array<std::uint8_t, 32>;

/// RFC 2104. Throw std::bad_alloc when OpenSSL cannot. Sans-IO.
Sha1Tag hmac_sha1(ByteView key, ByteView data);
Sha256Tag hmac_sha256(ByteView key, ByteView data);

/// Takes the same time wherever they differ.
bool equals_secretly(ByteView a, ByteView b);

/// CRC-32 of ISO 3309, as in Ethernet and zip.
std::uint32_t crc32(ByteView data);

}  // namespace pixelpass::traversal
