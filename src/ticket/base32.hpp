#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass {

/// RFC 4648, section 6, in lower case and without padding.
std::string base32_encode(ByteView bytes);

/// How many characters `bytes` bytes take.
constexpr std::size_t base32_chars(std::size_t bytes) {
  return (bytes * 8 + 4) / 5;
}

/// Exactly base32_chars(bytes) lower-case characters. Nullopt for one outside the alphabet and for a last one
/// whose unused bits are set: each string of bytes has one spelling.
std::optional<Bytes> base32_decode(std::string_view text, std::size_t bytes);

}  // namespace pixelpass
