#include "app/host/candidates.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <algorithm>

namespace pixelpass::app {

std::optional<Error> objection_to(const SocketAddress& bound, std::span<const Candidate> candidates,
                                  bool leads_out) {
  const auto is_loopback = [](const Candidate& candidate) { return candidate.address.is_loopback(); };
  const auto is_own = [](const Candidate& candidate) { return candidate.kind == CandidateKind::kHost; };
  const char* hint = "connect it to a network, then start again for a new ticket";
  if (bound.is_loopback()) return std::nullopt;
  if (std::ranges::all_of(candidates, is_loopback))
    return Error{"this machine has no network address: the ticket works on this machine alone", hint};
  if (leads_out || !std::ranges::all_of(candidates, is_own)) return std::nullopt;
  return Error{
      "this machine has no network address but those of its containers and virtual machines, or of a "
      "line that is not plugged in: the ticket works on this machine alone",
      hint};
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
