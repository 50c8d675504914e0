#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pixelpass {

/// The length to which names and reasons from outside are cut when they are shown.
inline constexpr std::size_t kMaxShownBytes = 256;

/// Makes text that others chose (a peer, another program, a window's title) fit for one line of a terminal, a
/// log or JSON: valid UTF-8 (RFC 3629), without control characters (C0, C1, DEL), line and paragraph
/// separators, and characters that are invisible or change the direction of text (Unicode's
/// Default_Ignorable_Code_Point: zero widths, direction marks and overrides, tags). Other characters are
/// removed; the rest is cut at the code point that would exceed `max_bytes`. Sans-IO; any thread.
std::string clean_text(std::string_view text, std::size_t max_bytes = kMaxShownBytes);

/// The same for our own text that may quote others, where it is shown: line breaks stay, and it is not cut.
std::string clean_lines(std::string_view text);

/// The length in bytes of the valid UTF-8 (RFC 3629) at the beginning. Sans-IO; any thread.
std::size_t utf8_bytes(std::string_view text);

}  // namespace pixelpass
