#include "app/view/reply_plan.hpp"

#include "pixelpass/ticket/reply_code.hpp"

#include <algorithm>
#include <cstddef>

namespace pixelpass::app {
namespace {

using traversal::NatKind;

/// Whether the address is in 2000::/3 (RFC 4291 section 2.4, and what IANA has assigned of it).
bool is_global_v6(const SocketAddress& address) {
  return address.is_v6() && (address.bytes()[0] & 0xe0) == 0x20;
}

/// Whether both addresses are in one network of a home's usual size; two homes may use the same numbers.
bool is_in_one_network(const SocketAddress& a, const SocketAddress& b) {
  constexpr std::size_t kNetworkBytes = 3;
  if (a.is_v6() || b.is_v6() || a.is_loopback() || a.is_link_local()) return false;
  return std::ranges::equal(a.bytes().first(kNetworkBytes), b.bytes().first(kNetworkBytes));
}

template <class IsWanted>
std::optional<SocketAddress> first_own(const traversal::Gathered& found, IsWanted is_wanted) {
  for (const auto& candidate : found.candidates)
    if (candidate.kind == CandidateKind::kHost && is_wanted(candidate.address)) return candidate.address;
  return std::nullopt;
}

std::optional<SocketAddress> first_seen(const traversal::Gathered& found, bool v6) {
  for (const auto& outer : found.surroundings.reflexive)
    if (outer.is_v6() == v6) return outer;
  return std::nullopt;
}

}  // namespace

std::vector<SocketAddress> reply_addresses(const traversal::Gathered& found, const Ticket& ticket) {
  std::vector<SocketAddress> addresses;
  const auto add = [&](const std::optional<SocketAddress>& address) {
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  };
  const auto is_near_host = [&](const SocketAddress& own) {
    return std::ranges::any_of(ticket.candidates,
                               [&](const Candidate& host) { return is_in_one_network(own, host.address); });
  };
  add(first_seen(found, false));
  const auto v6 = first_seen(found, true);
  add(v6 ? v6 : first_own(found, is_global_v6));
  if (addresses.size() == 1 && !addresses[0].is_v6()) add(first_own(found, is_near_host));
  return addresses;
}

traversal::AttemptSettings reply_attempt(const Ticket& ticket, NatKind nat, std::optional<int> hops) {
  traversal::AttemptSettings attempt{.duration = kReplyTime};
  for (const auto& candidate : ticket.candidates) attempt.remotes.push_back(candidate.address);
  // A home router may be a mere firewall, in front of public addresses.
  attempt.near_hops = std::max(attempt.near_hops, hops.value_or(0));
  attempt.low_ttl_until_asked = hops && (nat == NatKind::kNone || nat == NatKind::kEndpointIndependent);
  return attempt;
}

}  // namespace pixelpass::app
