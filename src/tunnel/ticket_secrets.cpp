#include "tunnel/ticket_secrets.hpp"

#include <algorithm>
#include <iterator>

namespace pixelpass::tunnel {

void TicketSecrets::renew(const Secret& secret, const std::function<bool(const Secret&)>& is_in_use) {
  newest_first_.emplace_front(secret);
  if (newest_first_.size() <= kEarlier + 1) return;
  const auto oldest_unused = std::find_if(newest_first_.rbegin(), std::prev(newest_first_.rend()),
                                          [&](const Known& known) { return !is_in_use(known.secret); });
  const bool all_used = oldest_unused == std::prev(newest_first_.rend());
  newest_first_.erase(all_used ? std::prev(newest_first_.end()) : std::prev(oldest_unused.base()));
}

bool TicketSecrets::is_good(ByteView knock) const {
  return std::ranges::any_of(newest_first_, [&](const Known& known) { return known.gate.is_good(knock); });
}

void TicketSecrets::use(ByteView knock) {
  const auto known =
      std::ranges::find_if(newest_first_, [&](const Known& one) { return one.gate.is_good(knock); });
  if (known != newest_first_.end()) known->gate.use(knock);
}

const Secret* TicketSecrets::proven_by(ByteView proof, ByteView session, ByteView exporter) const {
  const auto known = std::ranges::find_if(newest_first_, [&](const Known& one) {
    return proof_equals(proof, make_proof(one.secret, session, exporter));
  });
  return known == newest_first_.end() ? nullptr : &known->secret;
}

}  // namespace pixelpass::tunnel
