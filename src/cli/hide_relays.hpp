#pragma once

#include <string>
#include <string_view>

namespace pixelpass::cli {

/// The text without what follows `turn:`, `turns:` and `srt:`, up to a space, a quotation mark or the end: a
/// relay or an engine in the wrong place can be reported without showing its password. Pure.
std::string hide_relays(std::string_view text);

}  // namespace pixelpass::cli
