#include "app/host/ticket_teller.hpp"

#include "app/host/candidates.hpp"

#include <utility>

namespace pixelpass::app {

void TicketTeller::tell() {
  if (!found_ || !is_open_) return;
  auto whole = ticket();
  object(whole);
  const auto ticket = shortened(std::move(whole));
  auto text = encode_ticket(ticket);
  if (text == told_) return;
  told_ = std::move(text);
  tell_what_is_left_out(ticket);
  const auto& verdict = found_->verdict;
  events_.on(TicketReady{told_, ticket.expires_at, verdict.reachability, verdict.words, verdict.hint});
  if (told_to_) told_to_(told_, found_->candidates);
}

Ticket TicketTeller::ticket() const {
  Ticket ticket;
  ticket.fingerprint = terms_.identity().fingerprint();
  ticket.secret = terms_.identity().secret();
  ticket.expires_at = terms_.expires_at();
  ticket.candidates = found_->candidates;
  ticket.relay = relay_;
  return ticket;
}

void TicketTeller::object(const Ticket& ticket) {
  if (ticket.relay || std::exchange(objected_, true)) return;
  if (const auto notice = objection_to(bound_, ticket.candidates, found_->surroundings.leads_out))
    events_.on(Notice{notice->what, notice->hint});
}

void TicketTeller::tell_what_is_left_out(const Ticket& ticket) {
  const auto notice = left_out(found_->candidates, ticket.candidates);
  if (!notice || notice->what == left_out_) return;
  left_out_ = notice->what;
  events_.on(Notice{notice->what, notice->hint});
}

}  // namespace pixelpass::app
