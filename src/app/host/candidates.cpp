#include "app/host/candidates.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <algorithm>

namespace pixelpass::app {

std::optional<Error> objection_to(const SocketAddress& bound, std::span<const Candidate> candidates) {
  const auto is_loopback = [](const Candidate& candidate) { return candidate.address.is_loopback(); };
  if (bound.is_loopback() || !std::ranges::all_of(candidates, is_loopback)) return std::nullopt;
  return Error{"this machine has no network address: the ticket works on this machine alone",
               "connect it to a network, then start again for a new ticket"};
}

std::optional<Error> left_out(std::span<const Candidate> all, std::span<const Candidate> kept) {
  std::string list;
  for (const auto& candidate : all) {
    const auto& address = candidate.address;
    if (candidate.kind != CandidateKind::kHost || address.is_loopback() || address.is_link_local()) continue;
    if (std::ranges::find(kept, candidate) != kept.end()) continue;
    list += (list.empty() ? "" : ", ") + address.to_string();
  }
  if (list.empty()) return std::nullopt;
  return Error{"not all addresses of this machine are on the ticket, which is to have no more than " +
                   std::to_string(kShortTicketChars) + " characters; left out: " + list,
               "for one of them, name it: --bind ADDRESS:PORT"};
}

bool may_be_seen(const Candidate& candidate) {
  return candidate.kind != CandidateKind::kHost || traversal::is_global(candidate.address);
}

}  // namespace pixelpass::app
