#include "pixelpass/traversal/interfaces.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace pixelpass::traversal {
namespace {

namespace fs = std::filesystem;

bool is_ordinary(const InterfaceAddress& entry) {
  return entry.kind == InterfaceKind::kOrdinary;
}

bool is_link_local(const InterfaceAddress& entry) {
  return entry.address.is_link_local();
}

bool is_better_there(const InterfaceAddress& one, const InterfaceAddress& entry) {
  if (one.interface != entry.interface) return false;
  return !is_link_local(one) || (entry.address.is_v6() && !one.address.is_v6());
}

/// The best that an ordinary interface has, though it is link-local: a cable.
bool is_last_way(std::span<const InterfaceAddress> all, const InterfaceAddress& entry) {
  return is_ordinary(entry) && is_link_local(entry) &&
         std::ranges::none_of(all, [&](const auto& one) { return is_better_there(one, entry); });
}

/// Smaller goes first. What is last is what is cut off when there are too many.
int rank(std::span<const InterfaceAddress> all, const InterfaceAddress& entry) {
  if (entry.kind == InterfaceKind::kEmpty) return 6;
  if (is_last_way(all, entry)) return 3;
  if (is_link_local(entry)) return 5;
  if (entry.kind == InterfaceKind::kVirtual) return 4;
  if (is_unique_local(entry.address)) return 2;
  return entry.address.is_v6() ? 1 : 0;
}

bool is_link_local_v6(const SocketAddress& address) {
  return address.is_v6() && address.is_link_local();
}

/// Somebody may be on that link.
bool is_on_a_link(const InterfaceAddress& entry) {
  return is_link_local_v6(entry.address) && entry.kind != InterfaceKind::kEmpty;
}

SocketAddress in_zone(const SocketAddress& address, unsigned zone) {
  sockaddr_in6 raw{};
  std::memcpy(&raw, address.get(), sizeof raw);
  raw.sin6_scope_id = zone;
  return {reinterpret_cast<const sockaddr*>(&raw), sizeof raw};
}

bool can_be_dialled(const InterfaceAddress& entry, bool socket_takes_v6) {
  const SocketAddress& address = entry.address;
  if (address.is_unspecified() || address.is_loopback()) return false;
  return !address.is_v6() || (socket_takes_v6 && !address.is_link_local());
}

std::vector<InterfaceAddress> usable(std::span<const InterfaceAddress> interfaces, bool socket_takes_v6) {
  std::vector<InterfaceAddress> found;
  std::ranges::copy_if(interfaces, std::back_inserter(found),
                       [&](const auto& entry) { return can_be_dialled(entry, socket_takes_v6); });
  const auto has_neighbours = [](const auto& entry) { return entry.kind != InterfaceKind::kEmpty; };
  const bool is_alone = std::ranges::none_of(found, has_neighbours);
  const auto dialable = found;
  const auto is_needed = [&](const auto& entry) {
    return is_on_a_link(entry) && (is_alone || is_last_way(dialable, entry));
  };
  if (socket_takes_v6) std::ranges::copy_if(interfaces, std::back_inserter(found), is_needed);
  const auto all = found;
  std::ranges::stable_sort(found, {}, [&](const auto& entry) { return rank(all, entry); });
  return found;
}

std::vector<InterfaceAddress> each_once(const std::vector<InterfaceAddress>& all) {
  std::vector<InterfaceAddress> kept;
  for (const auto& entry : all)
    if (std::ranges::find(kept, entry.address, &InterfaceAddress::address) == kept.end())
      kept.push_back(entry);
  return kept;
}

/// From the end, but for the first of each ordinary interface as long as there is anything else.
void cut(std::vector<InterfaceAddress>& found, std::size_t most) {
  std::set<std::string> seen;
  std::vector<bool> is_first;
  for (const auto& entry : found)
    is_first.push_back(is_ordinary(entry) && seen.insert(entry.interface).second);
  for (auto at = found.size(); at-- > 0 && found.size() > most;)
    if (!is_first[at]) found.erase(found.begin() + static_cast<std::ptrdiff_t>(at));
  if (found.size() > most) found.resize(most);
}

bool is_hardware(const fs::path& interface) {
  std::error_code error;
  return fs::exists(interface / "device", error);
}

/// The parts of an interface, such as a bridge's ports: each has a link `lower_NAME`.
std::vector<std::string> parts(const fs::path& interface) {
  constexpr std::string_view kLower = "lower_";
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(interface, error)) {
    const std::string link = entry.path().filename();
    if (link.starts_with(kLower)) names.push_back(link.substr(kLower.size()));
  }
  return names;
}

/// Hardware, or made of it: a VLAN on it, a bond, a bridge of VLANs on a bond.
bool has_hardware(const fs::path& interfaces, const std::string& name, int layers = 4) {
  if (is_hardware(interfaces / name)) return true;
  if (layers == 0) return false;
  return std::ranges::any_of(parts(interfaces / name), [&](const std::string& part) {
    return has_hardware(interfaces, part, layers - 1);
  });
}

bool is_bridge(const fs::path& interface) {
  std::error_code error;
  return fs::exists(interface / "bridge", error);
}

/// A new bridge without ports has a carrier until it gets its first one.
bool leads_nowhere(const fs::path& interface) {
  int carrier = 1;
  if (std::ifstream(interface / "carrier") >> carrier && carrier == 0) return true;
  return is_bridge(interface) && parts(interface).empty();
}

/// Whether it is one end of a veth pair: its link leads to another interface, which is not below it.
bool is_pair(const fs::path& interface) {
  int index = 0;
  int link = 0;
  std::ifstream(interface / "ifindex") >> index;
  std::ifstream(interface / "iflink") >> link;
  return link > 0 && link != index && parts(interface).empty();
}

/// RTF_REJECT: what has no other way is refused.
bool is_rejection(const std::string& flags) {
  return (std::strtoul(flags.c_str(), nullptr, 16) & RTF_REJECT) != 0;
}

Candidate host_candidate(SocketAddress address, std::uint16_t port) {
  address.set_port(port);
  return {CandidateKind::kHost, address};
}

}  // namespace

InterfaceKind interface_kind(const fs::path& interfaces, const std::string& name,
                             const std::set<std::string>& ways_out) {
  if (leads_nowhere(interfaces / name)) return InterfaceKind::kEmpty;
  if (ways_out.contains(name) || has_hardware(interfaces, name)) return InterfaceKind::kOrdinary;
  return is_bridge(interfaces / name) || is_pair(interfaces / name) ? InterfaceKind::kVirtual
                                                                    : InterfaceKind::kOrdinary;
}

std::set<std::string> default_routes(const fs::path& proc_net) {
  std::set<std::string> names;
  std::ifstream ipv4(proc_net / "route");
  for (std::string line; std::getline(ipv4, line);) {
    std::string name, target, gateway, flags, used, use, metric, mask;
    if (!(std::istringstream(line) >> name >> target >> gateway >> flags >> used >> use >> metric >> mask))
      continue;
    if (target == "00000000" && mask == "00000000" && !is_rejection(flags)) names.insert(name);
  }
  std::ifstream ipv6(proc_net / "ipv6_route");
  for (std::string line; std::getline(ipv6, line);) {
    std::string target, bits, source, source_bits, gateway, metric, used, use, flags, name;
    if (!(std::istringstream(line) >> target >> bits >> source >> source_bits >> gateway >> metric >> used >>
          use >> flags >> name))
      continue;
    if (bits == "00" && !is_rejection(flags)) names.insert(name);
  }
  return names;
}

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
  const auto ways_out = default_routes("/proc/net");
  std::vector<InterfaceAddress> found;
  for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    const SocketAddress with_scope(entry->ifa_addr, size);
    found.push_back({entry->ifa_name, SocketAddress(with_scope.bytes(), 0),
                     interface_kind("/sys/class/net", entry->ifa_name, ways_out)});
  }
  return found;
}

std::vector<Candidate> choose_candidates(const SocketAddress& bound,
                                         std::span<const InterfaceAddress> interfaces) {
  if (!bound.is_unspecified()) return {{CandidateKind::kHost, bound.unmapped()}};
  auto found = each_once(usable(interfaces, bound.is_v6()));
  cut(found, kMaxCandidates - 1);
  std::vector<Candidate> chosen;
  for (const auto& entry : found) chosen.push_back(host_candidate(entry.address, bound.port()));
  chosen.push_back({CandidateKind::kHost, SocketAddress::loopback(bound.port())});
  return chosen;
}

/// Containers are given addresses: what has none but a link-local one is a cable, whatever it is made of.
bool leads_out(const SocketAddress& bound, std::span<const InterfaceAddress> interfaces) {
  const auto is_way_out = [](const auto& entry) {
    return is_ordinary(entry) || (is_link_local(entry) && entry.kind != InterfaceKind::kEmpty);
  };
  return !bound.is_unspecified() || std::ranges::any_of(usable(interfaces, bound.is_v6()), is_way_out);
}

std::vector<Candidate> on_each_link(std::span<const Candidate> candidates,
                                    std::span<const InterfaceAddress> interfaces,
                                    const std::function<unsigned(const std::string&)>& zone_of) {
  std::set<std::string> links;
  for (const auto& entry : interfaces)
    if (is_on_a_link(entry)) links.insert(entry.interface);
  std::vector<Candidate> all;
  for (const Candidate& candidate : candidates) {
    if (!is_link_local_v6(candidate.address)) {
      all.push_back(candidate);
      continue;
    }
    for (const auto& link : links) all.push_back({candidate.kind, in_zone(candidate.address, zone_of(link))});
  }
  if (all.size() > kMaxCandidates) all.resize(kMaxCandidates);
  return all;
}

std::vector<Candidate> on_each_link(std::span<const Candidate> candidates) {
  return on_each_link(candidates, interface_addresses(),
                      [](const std::string& interface) { return if_nametoindex(interface.c_str()); });
}

}  // namespace pixelpass::traversal
