#pragma once

#include "pixelpass/ticket/ticket.hpp"

#include <string>

namespace pixelpass::cli {

/// A valid one, of a host that is not there.
inline std::string some_ticket() {
  Ticket ticket;
  ticket.candidates = {{CandidateKind::kHost, SocketAddress::loopback(4433)}};
  return encode_ticket(ticket);
}

}  // namespace pixelpass::cli
