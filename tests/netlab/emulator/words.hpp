#pragma once

#include "link_direction.hpp"

#include <string_view>

namespace netlab {

/// One word of a command: `delay=20` (both directions), `ab:loss=3`, `ba:rate=5`. Times in ms, shares in
/// percent, rates in Mbit/s, sizes in bytes. False: it is none.
bool apply_word(std::string_view word, LinkDirection& ab, LinkDirection& ba);

}  // namespace netlab
