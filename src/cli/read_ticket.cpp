#include "pixelpass/cli/read_ticket.hpp"

#include "pixelpass/ticket/ticket.hpp"

namespace pixelpass::cli {

std::string read_ticket(std::istream& input, UnixTime now) {
  std::string text;
  std::string line;
  while (text.size() <= kMaxTicketChars && std::getline(input, line)) {
    text += line + "\n";
    if (decode_ticket(text, now)) break;
  }
  return text;
}

}  // namespace pixelpass::cli
