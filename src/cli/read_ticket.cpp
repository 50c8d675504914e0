#include "pixelpass/cli/read_ticket.hpp"

#include "pixelpass/ticket/ticket.hpp"

namespace pixelpass::cli {

std::string read_ticket(std::istream& input, UnixTime now) {
  std::string text;
  std::string line;
  while (text.size() <= kMaxTicketChars && std::getline(input, line)) {
    text += line + "\n";
    const auto ticket = decode_ticket(text, now);
    if (ticket || ticket.error() == TicketError::kExpired) break;
  }
  return text;
}

}  // namespace pixelpass::cli
