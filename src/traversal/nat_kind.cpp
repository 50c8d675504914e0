#include "pixelpass/traversal/nat_kind.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <algorithm>
#include <iterator>

namespace pixelpass::traversal {
namespace {

constexpr const char* kRelayHelps = "a relay would help: --relay";

bool is_local(const Surroundings& found, const SocketAddress& address) {
  return std::ranges::find(found.local, address) != found.local.end();
}

/// What was seen of the family that decides.
std::vector<SocketAddress> seen(const Surroundings& found) {
  std::vector<SocketAddress> v4;
  const auto is_v4 = [](const SocketAddress& address) { return !address.is_v6(); };
  std::ranges::copy_if(found.reflexive, std::back_inserter(v4), is_v4);
  return v4.empty() ? found.reflexive : v4;
}

bool has_public_v4(const std::vector<SocketAddress>& addresses) {
  return std::ranges::any_of(addresses, [](const SocketAddress& a) { return !a.is_v6() && is_global(a); });
}

/// Whether anybody can reach us. If no server was asked, an interface's own public address has to do as
/// evidence.
bool is_open(const Surroundings& found, NatKind nat) {
  if (nat == NatKind::kNone) return has_public_v4(seen(found));
  return nat == NatKind::kUnknown && !found.asks && has_public_v4(found.local);
}

/// An address that the internet sees makes no path where it is the own network's server that has seen it.
bool is_punchable(const Surroundings& found, NatKind nat) {
  const auto addresses = seen(found);
  if (addresses.empty()) return false;
  return nat != NatKind::kNone || std::ranges::any_of(addresses, is_global);
}

Reachability reachability(const Surroundings& found, NatKind nat) {
  const auto is_mapped = [&](const SocketAddress& mapped) { return is_of_use(mapped, found); };
  if (is_open(found, nat)) return Reachability::kOpen;
  if (std::ranges::any_of(found.mapped, is_mapped)) return Reachability::kMapped;
  if (found.relay && nat == NatKind::kSymmetric) return Reachability::kRelayed;
  if (is_punchable(found, nat)) return Reachability::kPunchable;
  return found.relay ? Reachability::kRelayed : Reachability::kLan;
}

bool is_loopback_alone(const Surroundings& found) {
  return std::ranges::all_of(found.local, [](const SocketAddress& a) { return a.is_loopback(); });
}

Verdict punched(NatKind nat, bool relay) {
  Verdict verdict{nat, Reachability::kPunchable,
                  "friends will be asked to send a code back: paste it where you share", kRelayHelps};
  if (relay) return {nat, Reachability::kPunchable, "friends begin over the relay, then reach you directly"};
  if (nat == NatKind::kSymmetric) verdict.words += "; behind some routers that is not enough";
  return verdict;
}

Verdict of_this_network(const Surroundings& found, NatKind nat) {
  Verdict verdict{nat, Reachability::kLan, "friends on your network can reach you"};
  if (!found.leads_out || is_loopback_alone(found)) verdict.words = "only this machine can reach you";
  if (nat == NatKind::kUdpBlocked) {
    verdict.words += ", nobody else: UDP is blocked here, or there is no internet";
    verdict.hint = "a relay over TCP or TLS would help: --relay";
  } else if (!found.asks) {
    verdict.words += "; whether others can was not asked";
  } else if (found.reflexive.empty()) {
    verdict.words += ", nobody else: no STUN server was found";
    verdict.hint = "is there a connection to the internet?";
  }
  return verdict;
}

}  // namespace

bool is_of_use(const SocketAddress& mapped, const Surroundings& found) {
  return is_local(found, mapped) || std::ranges::any_of(found.reflexive, [&](const SocketAddress& seen) {
           return same_host(seen, mapped);
         });
}

NatKind nat_kind(const Surroundings& found) {
  const auto addresses = seen(found);
  if (addresses.empty()) return found.silent > 0 ? NatKind::kUdpBlocked : NatKind::kUnknown;
  const auto own = [&](const SocketAddress& address) { return is_local(found, address); };
  if (std::ranges::any_of(addresses, own)) return NatKind::kNone;
  if (addresses.size() < 2) return NatKind::kUnknown;
  const auto as_first = [&](const SocketAddress& address) { return address == addresses.front(); };
  return std::ranges::all_of(addresses, as_first) ? NatKind::kEndpointIndependent : NatKind::kSymmetric;
}

Verdict judge(const Surroundings& found) {
  const NatKind nat = nat_kind(found);
  switch (reachability(found, nat)) {
    case Reachability::kOpen:
      return {nat, Reachability::kOpen, "friends can reach you directly"};
    case Reachability::kMapped:
      return {nat, Reachability::kMapped, "friends can reach you directly: your router has opened a port"};
    case Reachability::kPunchable:
      return punched(nat, found.relay);
    case Reachability::kRelayed:
      return {nat, Reachability::kRelayed, "friends need the relay, and it works"};
    case Reachability::kLan:
      break;
  }
  return of_this_network(found, nat);
}

std::string describe(NatKind kind) {
  switch (kind) {
    case NatKind::kNone:
      return "none: the internet sees this machine's own address";
    case NatKind::kEndpointIndependent:
      return "one outer address for all (endpoint-independent)";
    case NatKind::kSymmetric:
      return "another outer address for each destination (symmetric)";
    case NatKind::kUdpBlocked:
      return "nobody on the internet answers over UDP";
    case NatKind::kUnknown:
      break;
  }
  return "not known";
}

}  // namespace pixelpass::traversal
