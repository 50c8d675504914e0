#pragma once

#include "pixelpass/base/bytes.hpp"

#include <string_view>

namespace pixelpass::web {

/// The page in which a browser watches: page.html as it was built in. UTF-8; lives as long as the program.
ByteView page();
/// What it may do (Content-Security-Policy), as it says itself: for the head of an answer with it.
std::string_view page_policy();

}  // namespace pixelpass::web
