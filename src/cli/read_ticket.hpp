#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace pixelpass::cli {

/// A chat's lines around the longest ticket; no more is read.
inline constexpr std::size_t kMostTicketInput = 4 * kMaxTicketChars;

/// Reads a descriptor until there is a whole ticket (so that Enter is enough after a paste, over however many
/// lines), the input ends, or there is more than any ticket has. What was read is what the ticket's own
/// decoder judges. Blocks. `on_waiting`: nothing more comes for the moment, and what is there is no ticket
/// for that reason; once for each pause, and reading goes on.
std::string read_ticket(int input, UnixTime now, const std::function<void(TicketError)>& on_waiting);

}  // namespace pixelpass::cli
