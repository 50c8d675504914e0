#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/nat_kind.hpp"
#include "pixelpass/traversal/stun_servers.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace pixelpass::traversal {

struct GatherSettings {
  SocketAddress bound;  ///< where the socket listens, with its port: UdpDriver::local()
  /// Empty: nobody is asked, and no packet leaves for it. A socket on loopback asks servers there alone.
  std::vector<StunServer> stun_servers;
  /// The number of relays that on_relay_ready() or on_relay_failed() will report: the first candidates wait
  /// for them as for the servers. They do not wait for the port mapper, which takes seconds without a capable
  /// router.
  std::size_t relays = 0;
};

/// The addresses at which a socket may be reached, and how far that goes.
struct Gathered {
  /// Interfaces as choose_candidates() ranks them; behind the first of them mappings and reflexive addresses.
  /// At most kMaxCandidates. A mapping is there only when it leads here (is_of_use()), a reflexive address
  /// when it is no interface's own; of several with one IP address (a symmetric NAT's ports) the first.
  std::vector<Candidate> candidates;
  Surroundings surroundings;
  Verdict verdict;
};

/// Keeps the list of where a socket may be reached. Looks at the interfaces, has STUN servers asked, all at
/// once, takes what the port mapper and the relays report, and begins anew when the network has changed.
/// Thread: network, which its handlers run on too; none of them destroys it. The io_context outlives it;
/// after its destructor no handler is called.
class Gatherer {
 public:
  /// Candidates are told when all that was asked has answered, and so long after start() at the latest.
  static constexpr Duration kLimit = 1s;

  struct Handlers {
    /// This address is to be asked for ours until `forget_servers`: Agent::ask_outer_address(), and the
    /// driver is to be woken. Answers come back by on_reflexive() and on_no_reflexive(). One for each family
    /// of a server, so at most twice as many as there are names.
    std::function<void(const SocketAddress& server)> ask_server;
    /// Agent::forget_servers()
    std::function<void()> forget_servers;
    /// First within kLimit; from then on whenever there is something else to tell, a moment (100 ms) after.
    /// Never from within a call.
    std::function<void(const Gathered& found)> on_gathered;
    /// Addresses, carriers or default routes have changed. Mappings are void: PortMapper::restart(). Relays
    /// may be: who made them sees to them, and reports. on_gathered follows if it comes to something else.
    /// May be empty.
    std::function<void()> on_network_change;
  };

  Gatherer(boost::asio::io_context& io, GatherSettings settings, Handlers handlers);
  ~Gatherer();
  Gatherer(const Gatherer&) = delete;
  Gatherer& operator=(const Gatherer&) = delete;

  /// Once.
  void start();

  /// What a server sees (Reflexive); also what a relay's server sees over UDP (RelayReady::mapped).
  void on_reflexive(const SocketAddress& server, const SocketAddress& outer);
  void on_no_reflexive(const SocketAddress& server);
  /// PortMapping's addresses; the earlier one of the same `inner` is gone.
  void on_mapped(const SocketAddress& inner, const SocketAddress& outer);
  void on_mapping_lost(const SocketAddress& inner);
  void on_relay_ready(const SocketAddress& relayed);
  /// A relay that was ready is lost.
  void on_relay_lost(const SocketAddress& relayed);
  /// A relay that was waited for has failed.
  void on_relay_failed();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

}  // namespace pixelpass::traversal
