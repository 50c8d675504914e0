#include "app/host/invitation.hpp"

#include "pixelpass/traversal/interfaces.hpp"

#include "app/host/candidates.hpp"

namespace pixelpass::app {

void tell_ticket(const tunnel::Identity& identity, std::optional<UnixTime> expires_at,
                 const SocketAddress& local, EventSink& events) {
  Ticket ticket;
  ticket.host_key = identity.public_key();
  ticket.secret = identity.secret();
  ticket.expires_at = expires_at;
  ticket.candidates = traversal::choose_candidates(local, traversal::interface_addresses());
  if (const auto notice = objection_to(local, ticket.candidates))
    events.on(Notice{notice->what, notice->hint});
  events.on(TicketReady{encode_ticket(ticket), expires_at, reachability_of(ticket.candidates)});
}

}  // namespace pixelpass::app
