#include "app/host/candidates.hpp"

#include <algorithm>

namespace pixelpass::app {
namespace {

/// RFC 1918, and RFC 6598 for what is behind a carrier's NAT.
bool is_private_v4(const SocketAddress& address) {
  if (address.is_v6()) return false;
  const auto b = address.bytes();
  return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
         (b[0] == 100 && (b[1] & 0xc0) == 64);
}

}  // namespace

std::optional<Error> objection_to(const SocketAddress& bound, std::span<const Candidate> candidates) {
  const auto is_loopback = [](const Candidate& candidate) { return candidate.address.is_loopback(); };
  if (bound.is_loopback() || !std::ranges::all_of(candidates, is_loopback)) return std::nullopt;
  return Error{"this machine has no network address: the ticket works on this machine alone",
               "connect it to a network, then start again for a new ticket"};
}

Reachability reachability_of(std::span<const Candidate> candidates) {
  const bool is_public = std::ranges::any_of(candidates, [](const Candidate& candidate) {
    const SocketAddress& a = candidate.address;
    return !a.is_v6() && !a.is_loopback() && !a.is_link_local() && !is_private_v4(a);
  });
  return is_public ? Reachability::kOpen : Reachability::kLan;
}

}  // namespace pixelpass::app
