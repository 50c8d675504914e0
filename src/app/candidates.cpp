#include "pixelpass/app/candidates.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <memory>

namespace pixelpass::app {
namespace {

bool is_container_bridge(std::string_view interface) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"docker", "br-", "veth"};
  return std::ranges::any_of(kPrefixes, [&](auto prefix) { return interface.starts_with(prefix); });
}

/// fc00::/7
bool is_unique_local(const SocketAddress& address) {
  return address.is_v6() && (address.bytes()[0] & 0xfe) == 0xfc;
}

/// RFC 1918, and RFC 6598 for what is behind a carrier's NAT.
bool is_private_v4(const SocketAddress& address) {
  if (address.is_v6()) return false;
  const auto b = address.bytes();
  return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
         (b[0] == 100 && (b[1] & 0xc0) == 64);
}

/// Smaller goes first. What is last is what is cut off when there are too many.
int rank(const InterfaceAddress& entry) {
  if (is_container_bridge(entry.interface)) return 4;
  if (entry.address.is_loopback()) return 3;
  if (is_unique_local(entry.address)) return 2;
  return entry.address.is_v6() ? 1 : 0;
}

bool is_worth_a_try(const InterfaceAddress& entry, bool socket_takes_v6) {
  if (entry.address.is_link_local() || entry.address.is_unspecified()) return false;
  if (entry.address.is_loopback()) return false;
  return socket_takes_v6 || !entry.address.is_v6();
}

std::vector<InterfaceAddress> usable(std::span<const InterfaceAddress> interfaces, bool socket_takes_v6) {
  std::vector<InterfaceAddress> found;
  std::ranges::copy_if(interfaces, std::back_inserter(found),
                       [&](const auto& entry) { return is_worth_a_try(entry, socket_takes_v6); });
  std::ranges::stable_sort(found, {}, rank);
  const auto is_bridge = [](const auto& entry) { return is_container_bridge(entry.interface); };
  if (!std::ranges::all_of(found, is_bridge)) std::erase_if(found, is_bridge);
  return found;
}

Candidate host_candidate(SocketAddress address, std::uint16_t port) {
  address.set_port(port);
  return {CandidateKind::kHost, address};
}

}  // namespace

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
  std::vector<InterfaceAddress> found;
  for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    const SocketAddress with_scope(entry->ifa_addr, size);
    found.push_back({entry->ifa_name, SocketAddress(with_scope.bytes(), 0)});
  }
  return found;
}

std::vector<Candidate> choose_candidates(const SocketAddress& bound,
                                         std::span<const InterfaceAddress> interfaces) {
  if (!bound.is_unspecified()) return {{CandidateKind::kHost, bound.unmapped()}};
  std::vector<Candidate> chosen;
  for (const auto& entry : usable(interfaces, bound.is_v6())) {
    const Candidate candidate = host_candidate(entry.address, bound.port());
    if (std::ranges::find(chosen, candidate) == chosen.end()) chosen.push_back(candidate);
  }
  if (chosen.size() >= kMaxCandidates) chosen.resize(kMaxCandidates - 1);
  chosen.push_back({CandidateKind::kHost, SocketAddress::loopback(bound.port())});
  return chosen;
}

Reachability reachability_of(std::span<const Candidate> candidates) {
  const bool is_public = std::ranges::any_of(candidates, [](const Candidate& candidate) {
    const SocketAddress& a = candidate.address;
    return !a.is_v6() && !a.is_loopback() && !a.is_link_local() && !is_private_v4(a);
  });
  return is_public ? Reachability::kOpen : Reachability::kLan;
}

}  // namespace pixelpass::app
