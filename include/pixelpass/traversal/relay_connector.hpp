#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/relay_server.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::traversal {

/// One allocation on one TURN server, from the first question to its end. An interface to the network, for
/// which tests have their own. Thread: network.
class RelayAllocation {
 public:
  struct Settings {
    RelayServer server;
    TurnCredentials credentials;
    std::optional<SocketAddress> address{};  ///< the server's; its name is not looked up then
    std::optional<bool> want_v6{};           ///< the relayed address; nullopt: as the server's
  };
  struct Ready {
    RelayId relay;
    SocketAddress server;
    SocketAddress relayed;
    SocketAddress mapped;  ///< ours, as the server sees it over this transport
    TurnTransport transport;
  };
  struct Handlers {
    std::function<void(const Ready&)> on_ready;
    /// Nothing leads to an allocation, or it is gone. The last of this connector; never from within a call.
    std::function<void(const Error&)> on_failed;
    /// The agent was told something: net::UdpDriver::wake().
    std::function<void()> wake;
  };

  /// Frees the allocation.
  virtual ~RelayAllocation() = default;

  /// All of the agent's are to be given; others' are no concern of it.
  virtual void on_event(const RelayReady& ready) = 0;
  virtual void on_event(const RelayFailed& failed) = 0;
  /// The network has changed somehow: the server is asked whether it still knows us. RelaySilent or on_failed
  /// follows if not. False: nobody was asked, since there is no allocation yet, or it hangs on a connection
  /// from an address that this machine has no more.
  [[nodiscard]] virtual bool check() = 0;
  /// As Agent's, for this relay. Before there is an allocation nothing happens.
  virtual void permit(const SocketAddress& peer) = 0;
  virtual void bind_channel(const SocketAddress& peer) = 0;
  virtual void forget(const SocketAddress& peer) = 0;
};
using MakeRelayAllocation = std::function<std::unique_ptr<RelayAllocation>(
    RelayAllocation::Settings settings, RelayAllocation::Handlers handlers)>;

/// Gets one allocation on one TURN server over whatever lets us through: UDP first; where that is not
/// answered soon, TCP on the same port and TLS on 443 as well (firewalls that pass the web alone pass that),
/// and the first that answers is kept. A server that was named with a transport is asked over that alone.
/// Thread: network.
class RelayConnector final : public RelayAllocation {
 public:
  /// A way that has not answered by then gets company by the next.
  static constexpr Duration kPatience = 400ms;

  /// Begins at once. `agent` and `io` outlive it.
  RelayConnector(boost::asio::io_context& io, Agent& agent, Settings settings, Handlers handlers);
  ~RelayConnector() override;
  RelayConnector(const RelayConnector&) = delete;
  RelayConnector& operator=(const RelayConnector&) = delete;

  void on_event(const RelayReady& ready) override;
  void on_event(const RelayFailed& failed) override;
  [[nodiscard]] bool check() override;
  void permit(const SocketAddress& peer) override;
  void bind_channel(const SocketAddress& peer) override;
  void forget(const SocketAddress& peer) override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

/// Makes RelayConnectors. `agent` and `io` outlive them.
MakeRelayAllocation relay_connectors(boost::asio::io_context& io, Agent& agent);

}  // namespace pixelpass::traversal
