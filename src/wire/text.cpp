#include "text.hpp"

#include <cstdint>

namespace pixelpass::wire {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: what is there is not UTF-8
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return index < text.size() ? static_cast<std::uint8_t>(text[index]) : std::uint8_t{0};
}

/// How many bytes a code point takes whose first byte is `lead`; 0 for a byte that cannot come first.
std::size_t sequence_bytes(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/// RFC 3629: neither overlong nor a surrogate nor beyond U+10FFFF.
bool is_scalar(char32_t value, std::size_t bytes) {
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return value >= kSmallest[bytes] && value <= 0x10ffff && !surrogate;
}

CodePoint first_code_point(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  const std::size_t bytes = sequence_bytes(lead);
  if (bytes == 0) return {};
  char32_t value = bytes == 1 ? lead : lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const std::uint8_t next = byte_at(text, i);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3fU);
  }
  if (!is_scalar(value, bytes)) return {};
  return {value, bytes};
}

bool is_shown(char32_t value) {
  const bool control = value < 0x20 || (value >= 0x7f && value < 0xa0);
  const bool line_or_direction = (value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
  const bool mark = value == 0x200e || value == 0x200f || value == 0x061c || value == 0xfeff;
  return !control && !line_or_direction && !mark;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  while (!text.empty()) {
    const auto [value, bytes] = first_code_point(text);
    const bool keep = bytes > 0 && is_shown(value);
    if (keep && clean.size() + bytes > max_bytes) break;
    if (keep) clean += text.substr(0, bytes);
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return clean;
}

}  // namespace pixelpass::wire
