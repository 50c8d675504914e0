#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace pixelpass::cli {

/// The most input that is read: a chat's lines around the longest ticket.
inline constexpr std::size_t kMostTicketInput = 4 * kMaxTicketChars;

/// Reads a descriptor until there is a complete ticket (so that Enter is enough after a paste, over however
/// many lines), the input ends, or there is more than any ticket has. The ticket's own decoder judges the
/// text. Blocks. `on_waiting`: nothing more comes at present, and the text is no ticket for this reason;
/// called once for each pause, and reading goes on.
std::string read_ticket(int input, UnixTime now, const std::function<void(TicketError)>& on_waiting);

}  // namespace pixelpass::cli
