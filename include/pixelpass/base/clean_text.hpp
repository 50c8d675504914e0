#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pixelpass {

/// What a name or a reason from outside is cut to when it is shown.
inline constexpr std::size_t kMaxShownBytes = 256;

/// Text that others chose (a peer, another program, a window's title), as it may stand on one line of a
/// terminal, in a log and in JSON: valid UTF-8 (RFC 3629), without control characters (C0, C1, DEL), line and
/// paragraph separators, and whatever is not seen or turns its surroundings round (Unicode's
/// Default_Ignorable_Code_Point: zero widths, direction marks and overrides, tags). What is not allowed is
/// left out; the rest is cut before the code point that would go beyond `max_bytes`. Sans-IO; any thread.
std::string clean_text(std::string_view text, std::size_t max_bytes = kMaxShownBytes);

/// The same for text of ours that may quote others, at the place where it is shown: line breaks stay, and it
/// is not cut.
std::string clean_lines(std::string_view text);

/// How many bytes are UTF-8 (RFC 3629): all, or those before the first that is not. Sans-IO; any thread.
std::size_t utf8_bytes(std::string_view text);

}  // namespace pixelpass
