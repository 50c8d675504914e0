#include "pixelpass/traversal/turn_client.hpp"

#include "sim_turn_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <span>

namespace pixelpass::sim {
namespace {

using traversal::TurnClient;
using traversal::TurnError;

/// A TurnClient as the core of a node, which makes a new one when it was refused, as a host does.
class TurnNode final : public net::DatagramCore {
 public:
  TurnNode(const SocketAddress& server, TurnClient::Settings settings, std::uint64_t seed, Instant now)
      : server_(server), settings_(std::move(settings)), random_(seeded_random(seed)) {
    begin(now);
  }

  void begin(Instant now) {
    // Not a copy, which would draw the ids of the client before once more.
    client = std::make_unique<TurnClient>(
        settings_, [this](std::span<std::uint8_t> out) { random_(out); }, now);
    for (const auto& peer : peers_) client->bind_channel(peer, now);
  }
  void talk_to(const SocketAddress& peer, Instant now) {
    peers_ = {peer};
    client->bind_channel(peer, now);
  }
  void send(const SocketAddress& peer, std::string_view text) {
    Bytes out;
    if (client->dress(peer, as_bytes(text), text.size(), out) > 0) data_.push_back(std::move(out));
  }

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant now) override {
    if (!(path.remote == server_)) return;
    const auto relayed = client->on_message(bytes, now);
    if (relayed) received.emplace_back(relayed->peer, std::string(as_text(relayed->data)));
  }
  void on_timeout(Instant now) override { client->on_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return client->next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) override {
    while (auto event = client->poll_event()) {
      if (const auto* refused = std::get_if<TurnClient::Refused>(&*event)) last_refusal = refused->error;
      if (std::holds_alternative<TurnClient::Refused>(*event) && begins_again) begin(now);
    }
    while (const auto bytes = client->poll_transmit()) sink.send({{}, server_}, *bytes, bytes->size(), 0);
    for (const auto& bytes : data_) sink.send({{}, server_}, bytes, bytes.size(), 0);
    data_.clear();
    return true;
  }

  std::unique_ptr<TurnClient> client;
  std::vector<std::pair<SocketAddress, std::string>> received;
  std::optional<TurnError> last_refusal;
  bool begins_again = false;

 private:
  SocketAddress server_;
  TurnClient::Settings settings_;
  Random random_;
  std::vector<SocketAddress> peers_;
  std::vector<Bytes> data_;
};

const auto kServer = *SocketAddress::parse("203.0.113.1:3478");
const auto kServerV6 = *SocketAddress::parse("[2001:db8::1]:3478");

/// Two clients and a server, each 20 ms from the middle of the network.
struct TurnWorld {
  explicit TurnWorld(std::uint64_t seed, SimTurnServer::Settings settings = {}, bool v6 = false)
      : network(seed), server(kServer, kServerV6, std::move(settings)) {
    server_id = server.join(network);
    for (std::uint8_t i = 0; i < 2; ++i) {
      TurnClient::Settings client{.credentials = {"user", "password"}, .want_v6 = v6};
      client.lifetimes = {.permission = server.settings().permission, .channel = server.settings().channel};
      nodes.push_back(std::make_unique<TurnNode>(kServer, client, seed * 2 + i, network.now()));
      const std::uint8_t ip[4] = {198, 51, 100, static_cast<std::uint8_t>(i + 1)};
      ids.push_back(network.add(*nodes[i], SocketAddress(ip, 4000)));
      network.set_both(ids[i], {.delay = 20ms});
    }
  }

  bool allocate(Duration at_most = 60s) {
    return network.run_until([&] { return nodes[0]->client->relayed() && nodes[1]->client->relayed(); },
                             at_most);
  }
  void introduce() {
    for (const std::size_t i : {0U, 1U}) {
      nodes[i]->talk_to(*nodes[1 - i]->client->relayed(), network.now());
      network.touch(ids[i]);
    }
  }
  /// Whether a datagram comes through, of which one is sent every 100 ms.
  bool passes(std::size_t from, Duration at_most) {
    nodes[1 - from]->received.clear();
    const auto end = network.now() + at_most;
    while (nodes[1 - from]->received.empty() && network.now() < end) {
      if (const auto to = nodes[1 - from]->client->relayed()) nodes[from]->send(*to, "ping");
      network.touch(ids[from]);
      network.run_for(100ms);
    }
    return !nodes[1 - from]->received.empty();
  }

  Network network;
  SimTurnServer server;
  Network::NodeId server_id;
  std::vector<std::unique_ptr<TurnNode>> nodes;
  std::vector<Network::NodeId> ids;
};

TEST(Turn, TakesTwoRoundTripsToAllocate) {
  TurnWorld world(1);
  const auto start = world.network.now();
  ASSERT_TRUE(world.allocate());
  EXPECT_LT(world.network.now() - start, 90ms);
  world.introduce();
  EXPECT_TRUE(world.passes(0, 5s));
  EXPECT_TRUE(world.passes(1, 5s));
  EXPECT_EQ(world.server.unwanted(), 0U) << "nothing is sent before it may be";
}

TEST(Turn, RelaysIpv6WithSha256) {
  TurnWorld world(2, {.with_sha256 = true}, true);
  ASSERT_TRUE(world.allocate());
  EXPECT_TRUE(world.nodes[0]->client->relayed()->is_v6());
  world.introduce();
  EXPECT_TRUE(world.passes(0, 5s));
}

TEST(Turn, LivesForHoursWithShortLifetimesAndStaleNonces) {
  TurnWorld world(3, {.allocation = 20s, .permission = 6s, .channel = 10s});
  ASSERT_TRUE(world.allocate());
  world.introduce();
  ASSERT_TRUE(world.passes(0, 5s));
  for (std::size_t minute = 0; minute < 120; ++minute) {
    if (minute % 2 == 0) world.server.make_nonce_stale();
    world.network.run_for(1min);
    ASSERT_TRUE(world.passes(minute % 2, 100ms)) << "the first that was sent";
  }
  EXPECT_GE(world.server.errors(438), 60U);
  EXPECT_EQ(world.server.errors(437), 0U);
}

TEST(Turn, AnOutageThatIsShorterThanTheLifetimeIsForgotten) {
  TurnWorld world(4);
  ASSERT_TRUE(world.allocate());
  world.introduce();
  ASSERT_TRUE(world.passes(0, 5s));
  const auto relayed = world.nodes[0]->client->relayed();
  world.server.set_dead(true);
  world.network.run_for(8min);
  world.server.set_dead(false);
  world.network.run_for(20s);
  EXPECT_TRUE(world.passes(0, 5s));
  EXPECT_EQ(world.nodes[0]->client->relayed(), relayed) << "a ticket that is out goes on working";
}

TEST(Turn, ClosingFreesThePlace) {
  TurnWorld world(5);
  ASSERT_TRUE(world.allocate());
  EXPECT_EQ(world.server.allocations(world.network.now()), 2U);
  for (const std::size_t i : {0U, 1U}) {
    world.nodes[i]->client->close(world.network.now());
    world.network.touch(world.ids[i]);
  }
  world.network.run_for(1s);
  EXPECT_EQ(world.server.allocations(world.network.now()), 0U);
  EXPECT_TRUE(world.nodes[0]->client->is_done());
}

TEST(Turn, EachRefusalReachesTheClient) {
  const auto refusal = [](SimTurnServer::Settings settings, bool v6 = false) {
    TurnWorld world(6, std::move(settings), v6);
    world.network.run_until([&] { return world.nodes[0]->client->is_done(); }, 30s);
    world.network.touch(world.ids[0]);
    world.network.run_for(1ms);
    return world.nodes[0]->last_refusal;
  };
  EXPECT_EQ(refusal({.users = {{"user", "another"}}}), TurnError::kCredentials);
  EXPECT_EQ(refusal({.quota = 0}), TurnError::kQuota);
  EXPECT_EQ(refusal({.capacity = 0}), TurnError::kNoCapacity);
  EXPECT_EQ(refusal({.relays_v6 = false}, true), TurnError::kFamily);
}

/// Losses, reordering, nonces that go stale, outages and restarts, as the seed has it: in the end both hear
/// each other, as long as there is a server.
void live_through(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 dice(seed);
  const auto one_in = [&](unsigned n) { return dice() % n == 0; };
  TurnWorld world(seed,
                  {.with_sha256 = one_in(2),
                   .allocation = std::chrono::seconds(20 + dice() % 600),
                   .permission = std::chrono::seconds(20 + dice() % 300),
                   .channel = std::chrono::seconds(20 + dice() % 600)},
                  one_in(3));
  for (const std::size_t i : {0U, 1U}) {
    world.nodes[i]->begins_again = true;
    world.network.set_both(world.ids[i], {.delay = std::chrono::milliseconds(1 + dice() % 150),
                                          .jitter = std::chrono::milliseconds(dice() % 100),
                                          .loss = static_cast<double>(dice() % 30) / 100});
  }
  for (int round = 0; round < 10; ++round) {
    if (one_in(3)) world.server.make_nonce_stale();
    if (one_in(4)) world.server.restart();
    if (one_in(4)) world.server.set_dead(true);
    world.network.run_for(std::chrono::seconds(dice() % 200));
    world.server.set_dead(false);
    ASSERT_TRUE(world.allocate(2min)) << "round " << round;
    // Until a restart is noticed, an address of before it may still be believed in.
    world.network.run_for(40s);
    ASSERT_TRUE(world.allocate(2min)) << "round " << round;
    world.introduce();
    ASSERT_TRUE(world.passes(0, 1min)) << "round " << round;
    ASSERT_TRUE(world.passes(1, 1min)) << "round " << round;
  }
}

TEST(Turn, LivesThroughWhateverTheNetworkAndTheServerDo) {
  for (std::uint64_t seed = 1; seed <= 500 && !testing::Test::HasFatalFailure(); ++seed) live_through(seed);
}

}  // namespace
}  // namespace pixelpass::sim
