#include "pixelpass/traversal/percent_coding.hpp"

#include <charconv>
#include <cstdint>

namespace pixelpass::traversal {
namespace {

bool stands_for_itself(char c, std::string_view also) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || also.find(c) != also.npos;
}

/// The byte behind "2F".
std::optional<char> hex_byte(std::string_view digits) {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(value);
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view coded, std::string_view also) {
  std::string plain;
  for (std::size_t at = 0; at < coded.size(); ++at) {
    if (coded[at] == '%') {
      const auto byte = hex_byte(coded.substr(at + 1, 2));
      if (!byte) return std::nullopt;
      plain += *byte;
      at += 2;
    } else if (stands_for_itself(coded[at], also)) {
      plain += coded[at];
    } else {
      return std::nullopt;
    }
  }
  return plain;
}

}  // namespace pixelpass::traversal
