#pragma once

#include "pixelpass/base/bytes.hpp"

namespace pixelpass::web {

/// The page in which a browser watches: page.html as it was built in. UTF-8; lives as long as the program.
ByteView page();

}  // namespace pixelpass::web
