#pragma once

#include "pixelpass/traversal/gather.hpp"
#include "pixelpass/traversal/relay_server.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pixelpass::traversal {

struct ExploreSettings {
  SocketAddress bind = {};                    ///< unspecified: all interfaces; port 0: any
  std::vector<StunServer> stun_servers = {};  ///< empty: nobody is asked
  bool asks_router = true;                    ///< for a port, which is given back at once
  std::vector<RelayServer> relays = {};
  /// UPnP's search takes two seconds; all else answers in milliseconds.
  Duration patience = 2500ms;
};

/// A relay, as anybody finds it who may not use it.
struct RelayHealth {
  std::string server;                  ///< RelayServer::to_string()
  std::optional<Duration> round_trip;  ///< nullopt: it has not answered
};

/// What a host here would find.
struct Explored {
  Gathered found;
  std::string mapped_by;                ///< "PCP", "NAT-PMP", "UPnP"; empty: the router has opened no port
  std::optional<SocketAddress> mapped;  ///< the port's address, whether or not it leads here
  std::string mapping_complaint;        ///< why not; empty: it was not asked, or had said nothing by then
  bool has_global_v6 = false;
  bool internet_sees_v6 = false;
  std::vector<RelayHealth> relays;
};

/// Looks around from a socket of its own, with an io_context of its own: blocks for Settings::patience at
/// most, and half a second more to give a port back. A relay is asked for no more than an answer, which takes
/// no secret: over UDP a STUN binding, over TCP and TLS a connection. Any thread. Throws StartupError when no
/// socket can be bound.
Explored explore(const ExploreSettings& settings);

}  // namespace pixelpass::traversal
