#include "pixelpass/traversal/explore.hpp"

#include "own_network.hpp"
#include "stun_server.hpp"
#include <boost/asio/ip/tcp.hpp>

#include <deque>
#include <thread>
#include <vector>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Servers that answer on a thread of their own, while explore() has ours.
class Servers {
 public:
  Servers() : listener_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    for (std::size_t i = 0; i < kMostRelays; ++i) relays_.emplace_back(io_);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Servers() {
    io_.stop();
    thread_.join();
  }

  [[nodiscard]] StunServer one() const { return {"127.0.0.1", one_.port()}; }
  [[nodiscard]] StunServer other() const { return {"127.0.0.1", other_.port()}; }
  /// A relay, as far as its health is asked for.
  [[nodiscard]] RelayServer udp() const { return relay(TurnTransport::kUdp, one_.port()); }
  [[nodiscard]] RelayServer tcp_one() const {
    return relay(TurnTransport::kTcp, listener_.local_endpoint().port());
  }
  /// As many as may be named, each at an address of its own.
  [[nodiscard]] std::vector<RelayServer> all_udp() const {
    std::vector<RelayServer> all;
    for (const auto& server : relays_) all.push_back(relay(TurnTransport::kUdp, server.port()));
    return all;
  }
  static RelayServer relay(TurnTransport transport, std::uint16_t port) {
    RelayServer relay;
    relay.transport = transport;
    relay.host = "127.0.0.1";
    relay.port = port;
    relay.password = "not to be seen";
    return relay;
  }

 private:
  asio::io_context io_;
  TinyStunServer one_{io_}, other_{io_};
  std::deque<TinyStunServer> relays_;
  tcp::acceptor listener_;
  std::thread thread_;
};

ExploreSettings on_loopback() {
  return {.bind = SocketAddress::loopback(0), .asks_router = false};
}

TEST(ExploreTest, servers_tell_the_kind_of_nat_and_relays_how_far_they_are) {
  const Servers servers;
  auto settings = on_loopback();
  settings.stun_servers = {servers.one(), servers.other()};
  settings.relays = {servers.udp(), servers.tcp_one()};
  const auto explored = explore(settings);
  EXPECT_EQ(explored.found.verdict.nat, NatKind::kNone);
  ASSERT_EQ(explored.relays.size(), 2U);
  for (const auto& relay : explored.relays) {
    EXPECT_TRUE(relay.round_trip) << relay.server;
    EXPECT_EQ(relay.server.find("not to be seen"), std::string::npos);
  }
  EXPECT_TRUE(explored.found.surroundings.relay);
}

TEST(ExploreTest, all_relays_that_may_be_named_are_asked_beside_the_servers) {
  const Servers servers;
  auto settings = on_loopback();
  settings.stun_servers = {servers.one(), servers.other()};
  settings.relays = servers.all_udp();
  const auto explored = explore(settings);
  EXPECT_EQ(explored.found.verdict.nat, NatKind::kNone);
  ASSERT_EQ(explored.relays.size(), 8U);
  for (const auto& relay : explored.relays) EXPECT_TRUE(relay.round_trip) << relay.server;
}

TEST(ExploreTest, a_relay_that_is_not_there_has_no_round_trip) {
  std::uint16_t closed = 0;
  {
    asio::io_context io;
    closed = tcp::acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)).local_endpoint().port();
  }
  auto settings = on_loopback();
  settings.relays = {Servers::relay(TurnTransport::kTls, closed),
                     Servers::relay(TurnTransport::kUdp, closed)};
  const auto explored = explore(settings);
  ASSERT_EQ(explored.relays.size(), 2U);
  for (const auto& relay : explored.relays) EXPECT_FALSE(relay.round_trip) << relay.server;
  EXPECT_FALSE(explored.found.surroundings.relay);
}

/// In a network without anything, so that nothing could leave unseen.
TEST(ExploreTest, nobody_is_asked_where_nobody_is_to_be) {
  SKIP_WITHOUT_OWN_NETWORK([] {
    ip("link set lo up");
    const auto explored = explore({.asks_router = false});
    EXPECT_FALSE(explored.found.surroundings.asks);
    EXPECT_EQ(explored.found.verdict.reachability, Reachability::kLan);
    EXPECT_TRUE(explored.relays.empty());
    EXPECT_EQ(explored.mapped_by, "");
  });
}

}  // namespace
}  // namespace pixelpass::traversal
