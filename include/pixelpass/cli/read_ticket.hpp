#pragma once

#include "pixelpass/base/clock.hpp"

#include <istream>
#include <string>

namespace pixelpass::cli {

/// Reads lines until they make a ticket (so that Enter is enough after a paste), the input ends, or there is
/// more than any ticket has. What was read is what the ticket's own decoder judges.
std::string read_ticket(std::istream& input, UnixTime now);

}  // namespace pixelpass::cli
