#include "ticket/base32.hpp"

#include <cassert>

namespace pixelpass {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr unsigned kBitsPerChar = 5;

}  // namespace

std::string base32_encode(ByteView bytes) {
  std::string text;
  text.reserve(base32_chars(bytes.size()));
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = (pending << 8 | byte) & 0xfff;  // at most 4 bits are left over from before
    bits += 8;
    for (; bits >= kBitsPerChar; bits -= kBitsPerChar)
      text += kAlphabet[pending >> (bits - kBitsPerChar) & 0x1f];
  }
  if (bits > 0) text += kAlphabet[pending << (kBitsPerChar - bits) & 0x1f];
  return text;
}

std::optional<Bytes> base32_decode(std::string_view text, std::size_t bytes) {
  assert(text.size() == base32_chars(bytes));
  Bytes out;
  out.reserve(bytes);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return std::nullopt;
    pending = (pending << kBitsPerChar | static_cast<std::uint32_t>(value)) & 0xfff;
    bits += kBitsPerChar;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<std::uint8_t>(pending >> bits));
  }
  if ((pending & ((1U << bits) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace pixelpass
