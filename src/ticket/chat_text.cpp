#include "ticket/chat_text.hpp"

#include <cstddef>

namespace pixelpass {
namespace {

constexpr std::size_t kMaxTextBytes = 64 << 10;

}  // namespace

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string letters_and_digits(std::string_view text) {
  std::string kept;
  for (const char c : text.substr(0, kMaxTextBytes)) {
    if (is_digit(c) || (c >= 'a' && c <= 'z')) kept += c;
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
  }
  return kept;
}

}  // namespace pixelpass
