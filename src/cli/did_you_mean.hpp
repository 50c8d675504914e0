#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pixelpass::cli {

/// The one of `words` that was probably meant by `typed`: the nearest by changed, added, left-out and swapped
/// characters, if it is near enough to be no other word. Empty: none. Pure.
std::string did_you_mean(std::string_view typed, std::span<const std::string> words);

}  // namespace pixelpass::cli
