#pragma once

#include <string>
#include <string_view>

namespace pixelpass {

bool is_digit(char c);

/// The letters, in lower case, and the digits: chats change and add everything else, and what passes links on
/// escapes them.
/// A whole chat log may be pasted; what is behind 64 KiB is not looked at.
std::string letters_and_digits(std::string_view text);

}  // namespace pixelpass
