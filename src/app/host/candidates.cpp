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

bool may_be_seen(const Candidate& candidate) {
  return candidate.kind != CandidateKind::kHost || traversal::is_global(candidate.address);
}

}  // namespace pixelpass::app
