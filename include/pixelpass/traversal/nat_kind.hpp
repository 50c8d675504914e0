#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::traversal {

/// The NAT between a UDP socket and the internet, as far as STUN servers show: whether two of them see the
/// same address (RFC 4787 section 4.1). Its filtering is not tested, since that takes a server with two
/// addresses.
enum class NatKind : std::uint8_t {
  kUnknown,              ///< nobody was asked, or too few have answered
  kNone,                 ///< our own address is the one that is seen
  kEndpointIndependent,  ///< everybody sees the same one: a path can be punched
  kSymmetric,            ///< each sees another one: some paths can be punched
  kUdpBlocked,           ///< those that were asked do not answer over UDP
};

/// How far a ticket reaches, as far as its host can know.
enum class Reachability : std::uint8_t {
  kOpen,       ///< a public IPv4 address on an interface
  kMapped,     ///< a port mapping on the router
  kPunchable,  ///< behind a NAT that lets a punched path through
  kRelayed,    ///< through a relay only
  kLan,        ///< from this network
};

/// What is known of a socket's surroundings. Addresses are not IPv4-mapped.
struct Surroundings {
  std::vector<SocketAddress> local;      ///< where it listens, an address for each interface's
  std::vector<SocketAddress> reflexive;  ///< ours, as seen by each server that has answered over UDP
  std::size_t silent = 0;                ///< servers that were asked over UDP and have not answered
  bool asks = false;                     ///< there are servers to be asked, whether or not they were found
  std::vector<SocketAddress> mapped;     ///< outer addresses of mappings on the router
  bool relay = false;                    ///< there is an allocation on one
  bool leads_out = true;                 ///< as leads_out() of interfaces.hpp
};

struct Verdict {
  NatKind nat = NatKind::kUnknown;
  Reachability reachability = Reachability::kLan;
  std::string words = {};  ///< for people: how friends get here
  std::string hint = {};   ///< what would help; empty: nothing has to
};

/// IPv4 decides where it was seen: IPv6 has no NAT, and what its firewalls let in cannot be asked. Pure.
/// Addresses of documentation (RFC 5737, 3849) count as any others: laboratories use them for the internet.
NatKind nat_kind(const Surroundings& found);
Verdict judge(const Surroundings& found);

/// Whether a mapping leads to us: its outer address is the one that the internet sees, or our own (a firewall
/// that was opened). Behind two NATs it leads only to the outer one. Pure.
bool is_of_use(const SocketAddress& mapped, const Surroundings& found);

/// "a NAT with one outer address for all destinations"
std::string describe(NatKind kind);

}  // namespace pixelpass::traversal
