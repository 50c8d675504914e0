#pragma once

#include "pixelpass/base/bytes.hpp"

#include <string_view>

namespace pixelpass::web {

/// The page in which a browser watches: page.html, built in. UTF-8; lives as long as the program.
ByteView page();
/// The page's own Content-Security-Policy, for the header of an answer that carries it.
std::string_view page_policy();

}  // namespace pixelpass::web
