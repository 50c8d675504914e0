#pragma once

#include <string>
#include <string_view>

namespace pixelpass::cli {

/// The text with what follows `turn:`, `turns:` and `srt:` in it left out, up to a space, a quotation mark or
/// the end: who put a relay or an engine in the wrong place is told so, and nobody who looks on is told its
/// password. Pure.
std::string hide_relays(std::string_view text);

}  // namespace pixelpass::cli
