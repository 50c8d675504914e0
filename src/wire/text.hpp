#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pixelpass::wire {

/// Text from the other side as it may be shown on a terminal: valid UTF-8, without control characters, line
/// separators and direction overrides, cut before the code point that would go beyond `max_bytes`.
std::string clean_text(std::string_view text, std::size_t max_bytes);

}  // namespace pixelpass::wire
