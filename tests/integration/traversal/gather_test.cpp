#include "pixelpass/traversal/gather.hpp"

#include "pixelpass/net/udp_driver.hpp"
#include "pixelpass/traversal/agent.hpp"

#include "own_network.hpp"
#include "stun_server.hpp"

#include <algorithm>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;

/// Only ever waited for in full when something is broken.
constexpr auto kDeadline = 20s;

SocketAddress address(std::string_view text) {
  return SocketAddress::parse(text).value();
}

/// Has nothing to say.
class QuietCore final : public net::DatagramCore {
  void on_datagram(const net::Path&, ByteView, net::Ecn, Instant) override {}
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink&, Instant) override { return true; }
};

/// A socket with an agent and a gatherer, as a host has them.
class Gathers {
 public:
  Gathers(asio::io_context& io, std::string_view bind, std::vector<StunServer> servers)
      : io_(io),
        driver_(io, address(bind)),
        agent_(core_, system_random),
        gatherer_(io, {driver_.local(), std::move(servers)}, handlers()) {
    driver_.start(agent_, [this](Instant) { on_turn(); });
    gatherer_.start();
  }
  ~Gathers() { driver_.stop(); }

  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = Clock::now() + kDeadline;
    while (!condition() && Clock::now() < deadline) io_.run_one_for(10ms);
    return condition();
  }
  /// The first that is told.
  Gathered first() {
    EXPECT_TRUE(run_until([&] { return !told.empty(); }));
    return told.empty() ? Gathered{} : told.front();
  }
  [[nodiscard]] SocketAddress local() const { return driver_.local(); }

  std::vector<Gathered> told;
  int changes = 0;

 private:
  Gatherer::Handlers handlers() {
    return {.ask_server =
                [this](const SocketAddress& server) {
                  agent_.ask_outer_address(server, Clock::now());
                  driver_.wake();
                },
            .forget_servers = [this] { agent_.forget_servers(); },
            .on_gathered = [this](const Gathered& found) { told.push_back(found); },
            .on_network_change = [this] { ++changes; }};
  }
  void on_turn() {
    while (const auto event = agent_.poll_event()) {
      if (const auto* seen = std::get_if<Reflexive>(&*event))
        gatherer_.on_reflexive(seen->server, seen->outer);
      if (const auto* silent = std::get_if<NoReflexive>(&*event)) gatherer_.on_no_reflexive(silent->server);
    }
  }

  asio::io_context& io_;
  net::UdpDriver driver_;
  QuietCore core_;
  Agent agent_;
  Gatherer gatherer_;
};

StunServer at(const TinyStunServer& server, const char* host = "127.0.0.1") {
  return {host, server.port()};
}

TEST(GathererTest, two_servers_that_see_our_own_address_are_no_nat) {
  asio::io_context io;
  TinyStunServer one(io), other(io);
  Gathers host(io, "127.0.0.1:0", {at(one), at(other)});
  const auto found = host.first();
  EXPECT_EQ(found.verdict.nat, NatKind::kNone);
  EXPECT_EQ(found.surroundings.reflexive, (std::vector{host.local(), host.local()}));
  EXPECT_EQ(found.candidates.size(), 1U);
  EXPECT_EQ(one.asked() + other.asked(), 2);
}

TEST(GathererTest, servers_that_see_another_address_each_are_a_symmetric_nat) {
  asio::io_context io;
  const auto outer = [](std::uint16_t port) {
    return [port](const SocketAddress&) {
      return std::optional(address("203.0.113.9:" + std::to_string(port)));
    };
  };
  TinyStunServer one(io, outer(7000)), other(io, outer(7001));
  Gathers host(io, "127.0.0.1:0", {at(one), at(other)});
  const auto found = host.first();
  EXPECT_EQ(found.verdict.nat, NatKind::kSymmetric);
  ASSERT_EQ(found.candidates.size(), 2U);
  EXPECT_EQ(found.candidates[1].kind, CandidateKind::kReflexive);
}

TEST(GathererTest, a_name_is_looked_up_and_a_server_that_does_not_answer_is_not_waited_for_long) {
  asio::io_context io;
  TinyStunServer good(io);
  TinyStunServer silent(io, [](const SocketAddress&) { return std::nullopt; });
  Gathers host(io, "127.0.0.1:0", {at(good, "localhost"), at(silent)});
  const auto found = host.first();
  EXPECT_EQ(found.surroundings.reflexive, std::vector{host.local()});
  EXPECT_EQ(found.surroundings.silent, 1U);
}

TEST(GathererTest, servers_that_do_not_answer_are_udp_that_is_blocked) {
  asio::io_context io;
  TinyStunServer silent(io, [](const SocketAddress&) { return std::nullopt; });
  Gathers host(io, "127.0.0.1:0", {at(silent)});
  EXPECT_EQ(host.first().verdict.nat, NatKind::kUdpBlocked);
  EXPECT_GT(silent.asked(), 0);
}

/// Where no packet could leave unseen: nothing but our own namespace's loopback is up.
TEST(GathererTest, an_address_that_comes_later_is_told_and_servers_are_asked_anew) {
  SKIP_WITHOUT_OWN_NETWORK([] {
    ip("link set lo up");
    ip("link add here type veth peer name there");
    ip("link set there up");
    ip("link set here up");
    asio::io_context io;
    TinyStunServer server(io);
    Gathers host(io, "0.0.0.0:0", {at(server)});
    const auto has = [](const Gathered& found, const SocketAddress& own) {
      return std::ranges::find(found.candidates, own, &Candidate::address) != found.candidates.end();
    };
    SocketAddress own = address("192.0.2.5");
    own.set_port(host.local().port());
    EXPECT_FALSE(has(host.first(), own));
    EXPECT_EQ(server.asked(), 1);
    ip("address add 192.0.2.5/24 dev here");
    EXPECT_TRUE(host.run_until([&] { return has(host.told.back(), own); }));
    EXPECT_GE(host.changes, 1);
    EXPECT_GE(server.asked(), 2);
    ip("address del 192.0.2.5/24 dev here");
    EXPECT_TRUE(host.run_until([&] { return !has(host.told.back(), own); }));
  });
}

}  // namespace
}  // namespace pixelpass::traversal
