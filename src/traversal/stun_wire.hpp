#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass::traversal {

/// Where things are in a STUN message (RFC 8489 section 5), and numbers in network order. Sans-IO.
inline constexpr std::uint32_t kMagicCookie = 0x2112a442;
inline constexpr std::size_t kCookieAt = 4;
inline constexpr std::size_t kTransactionAt = 8;
inline constexpr std::size_t kAttributeHeaderBytes = 4;
inline constexpr std::uint32_t kFingerprintXor = 0x5354554e;
inline constexpr std::uint8_t kFamilyV4 = 1;
inline constexpr std::uint8_t kFamilyV6 = 2;

constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + 3) / 4 * 4;
}

inline std::uint16_t read_u16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

inline std::uint32_t read_u32(ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(read_u16(bytes, at)) << 16U | read_u16(bytes, at + 2);
}

inline void append_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

inline void append_u32(Bytes& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 16U));
  append_u16(out, static_cast<std::uint16_t>(value));
}

inline void write_u16(Bytes& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8U);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

}  // namespace pixelpass::traversal
