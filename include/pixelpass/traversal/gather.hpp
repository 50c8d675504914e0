#pragma once

#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/nat_kind.hpp"
#include "pixelpass/traversal/stun_servers.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

struct GatherSettings {
  SocketAddress bound;                   ///< where the socket listens, with its port: UdpDriver::local()
  std::vector<StunServer> stun_servers;  ///< empty: nobody is asked, and no packet leaves for it
  /// These will be told by on_mapped() or on_mapping_lost(), on_relay_ready() or on_relay_lost(): the first
  /// candidates wait for them as for the servers.
  bool maps_ports = false;
  std::size_t relays = 0;
};

/// Where this socket may be reached, and what that comes to.
struct Gathered {
  /// Interfaces as choose_candidates() ranks them, with mappings and reflexive addresses behind the first of
  /// them; at most kMaxCandidates. A mapping is there only when it leads here (is_of_use), a reflexive
  /// address only when it is not an interface's, and one an IP address: the other ports of a symmetric NAT
  /// are no likelier.
  std::vector<Candidate> candidates;
  Surroundings surroundings;
  Verdict verdict;
};

/// Keeps the list of where a socket may be reached. Looks at the interfaces, has STUN servers asked, all at
/// once, and takes what the port mapper and relays report; begins anew when the network has changed.
/// Thread: network, which its handlers run on too. The io_context outlives it; after its destructor no
/// handler is called.
class Gatherer {
 public:
  /// Candidates are there when all that was asked has answered, and so long after start() at the latest.
  static constexpr Duration kLimit = 1s;

  struct Handlers {
    /// A server's address is to be asked until `forget_servers`: Agent::ask_outer_address(), and the driver
    /// is to be woken. Answers come in by on_reflexive() and on_no_reflexive().
    std::function<void(const SocketAddress& server)> ask_server;
    /// Agent::forget_servers()
    std::function<void()> forget_servers;
    /// First within kLimit; from then on whenever there is something else to tell. Never from within a call.
    std::function<void(const Gathered& found)> on_gathered;
    /// Interfaces, addresses or default routes have changed, and have been quiet since. Mappings and relays
    /// of before may be void: whoever made them makes them anew, and reports. on_gathered follows when there
    /// is anything new. May be empty.
    std::function<void()> on_network_change;
  };

  Gatherer(boost::asio::io_context& io, GatherSettings settings, Handlers handlers);
  ~Gatherer();

  void start();

  /// What a server sees, by Reflexive; also what a relay's server does over UDP, by RelayReady::mapped.
  void on_reflexive(const SocketAddress& server, const SocketAddress& outer);
  void on_no_reflexive(const SocketAddress& server);
  /// A mapping's or pinhole's outer address. There may be several, of different kinds and families.
  void on_mapped(const SocketAddress& outer);
  /// It is gone. Nullopt: none could be made at all.
  void on_mapping_lost(const std::optional<SocketAddress>& outer);
  void on_relay_ready(const SocketAddress& relayed);
  /// Nullopt: one of the relays that were to be waited for has failed.
  void on_relay_lost(const std::optional<SocketAddress>& relayed);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

}  // namespace pixelpass::traversal
