#include "app/host/invitation.hpp"

#include "pixelpass/traversal/interfaces.hpp"

#include "app/host/candidates.hpp"

namespace pixelpass::app {
namespace {

/// What the interfaces alone tell.
traversal::Verdict verdict_on(std::span<const Candidate> candidates) {
  traversal::Surroundings found;
  for (const Candidate& candidate : candidates) found.local.push_back(candidate.address);
  return traversal::judge(found);
}

}  // namespace

void tell_ticket(const tunnel::Identity& identity, std::optional<UnixTime> expires_at,
                 const SocketAddress& local, EventSink& events) {
  Ticket ticket;
  ticket.host_key = identity.public_key();
  ticket.secret = identity.secret();
  ticket.expires_at = expires_at;
  ticket.candidates = traversal::choose_candidates(local, traversal::interface_addresses());
  if (const auto notice = objection_to(local, ticket.candidates))
    events.on(Notice{notice->what, notice->hint});
  const auto verdict = verdict_on(ticket.candidates);
  events.on(TicketReady{encode_ticket(shortened(ticket)), expires_at, verdict.reachability, verdict.words,
                        verdict.hint});
}

}  // namespace pixelpass::app
