#pragma once

#include "pixelpass/ticket/ticket.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::traversal {

/// The kind of an interface by the kernel; its name says nothing (br-lan is a LAN, br-1a2b3c are containers).
enum class InterfaceKind : std::uint8_t {
  kOrdinary,  ///< hardware, a bridge with hardware in it, a VLAN, a VPN; whatever the default route uses
  kVirtual,   ///< a bridge without hardware, one end of a pair: containers and virtual machines, usually
  kEmpty,     ///< no carrier, or a bridge without ports: nobody is there now, but may come
};

struct InterfaceAddress {
  std::string interface;
  SocketAddress address;  ///< port 0
  InterfaceKind kind = InterfaceKind::kOrdinary;
};

/// By sysfs (`interfaces`: /sys/class/net) and the default routes. An interface that cannot be read counts as
/// ordinary.
InterfaceKind interface_kind(const std::filesystem::path& interfaces, const std::string& name,
                             const std::set<std::string>& ways_out);

/// The interfaces that default routes use: `route` and `ipv6_route` in /proc/net, see proc_net(5).
std::set<std::string> default_routes(const std::filesystem::path& proc_net);

/// The addresses of the interfaces that are up: getifaddrs(3).
std::vector<InterfaceAddress> interface_addresses();

/// What goes into the ticket of a host whose socket is bound to `bound`.
/// Bound to one address: that one. Otherwise the addresses of all interfaces: IPv4 first, then global IPv6,
/// then unique-local IPv6 (RFC 4193), then link-local ones of an interface that has nothing better (two
/// machines on one cable), then what belongs to containers and virtual machines, then other link-local IPv4,
/// then interfaces with nobody behind them; loopback last, so that it works on a machine without a network.
/// None is left out for its rank, only for the ticket's size, and then one address of each ordinary interface
/// stays. Link-local IPv6 is there for an ordinary interface that has nothing else, and where nobody could be
/// behind anything else: each address has to be tried on all of the viewer's links (on_each_link()), since a
/// link's number means nothing on another machine.
std::vector<Candidate> choose_candidates(const SocketAddress& bound,
                                         std::span<const InterfaceAddress> interfaces);

/// Whether somebody on another machine may be reached: an ordinary interface, or a cable, has an address that
/// the socket takes, or the socket is bound to one address.
bool leads_out(const SocketAddress& bound, std::span<const InterfaceAddress> interfaces);

/// What a viewer with these interfaces dials: instead of a link-local IPv6 address, that address on each link
/// (RFC 4007: its zone is the interface's number, `zone_of`), kMaxCandidates in all.
std::vector<Candidate> on_each_link(std::span<const Candidate> candidates,
                                    std::span<const InterfaceAddress> interfaces,
                                    const std::function<unsigned(const std::string& interface)>& zone_of);
/// With the interfaces that there are.
std::vector<Candidate> on_each_link(std::span<const Candidate> candidates);

}  // namespace pixelpass::traversal
