#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::traversal {

/// The text behind percent-coding (RFC 3986 section 2.1): letters, digits and what is in `also` stand for
/// themselves, all else is %XX. Nullopt: it is not written so.
std::optional<std::string> percent_decoded(std::string_view coded, std::string_view also);

}  // namespace pixelpass::traversal
