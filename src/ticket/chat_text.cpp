#include "ticket/chat_text.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <system_error>

namespace pixelpass {
namespace {

constexpr std::size_t kMaxTextBytes = 64 << 10;
constexpr std::size_t kEscapedBytes = 3;

/// What stands for one byte at the front, as addresses escape it (RFC 3986, 2.1).
std::optional<char> escaped(std::string_view text) {
  if (text.size() < kEscapedBytes || text.front() != '%') return std::nullopt;
  unsigned value = 0;
  const char* const end = text.data() + kEscapedBytes;
  const auto read = std::from_chars(text.data() + 1, end, value, 16);
  return read.ec == std::errc{} && read.ptr == end ? std::optional(static_cast<char>(value)) : std::nullopt;
}

}  // namespace

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string letters_and_digits(std::string_view text) {
  std::string kept;
  text = text.substr(0, kMaxTextBytes);
  while (!text.empty()) {
    const auto byte = escaped(text);
    const char c = byte.value_or(text.front());
    text.remove_prefix(byte ? kEscapedBytes : 1);
    if (is_digit(c) || (c >= 'a' && c <= 'z')) kept += c;
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
  }
  return kept;
}

}  // namespace pixelpass
