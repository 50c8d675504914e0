#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "sim_nat.hpp"
#include "sim_network.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::sim {
namespace {

using namespace traversal;

using enum Dependence;

// The kinds of the punching laboratory, and what else there is.
constexpr NatKind kOpen{"open", kNothing, kNothing, false, false};
constexpr NatKind kPort{"port", kNothing, kAddressAndPort, true, false};
constexpr NatKind kSym{"sym", kAddressAndPort, kAddressAndPort, true, false};
constexpr std::array<NatKind, 9> kKinds{{
    kOpen,
    {"full", kNothing, kNothing, true, false},
    {"addr", kNothing, kAddress, true, false},
    kPort,
    {"port-nofw", kNothing, kAddressAndPort, true, true},
    {"addr-nofw", kNothing, kAddress, true, true},
    kSym,
    {"sym-addr", kAddressAndPort, kAddress, true, false},
    {"sym-by-addr", kAddress, kAddressAndPort, true, false},
}};

/// What is between one end and the network: one NAT, or a second one of the provider's.
struct Site {
  NatKind kind;
  std::optional<NatKind> provider;

  [[nodiscard]] std::string name() const {
    return std::string(kind.name) + (provider ? std::string("+") + provider->name : "");
  }
  [[nodiscard]] bool keeps_mapping() const {
    return kind.mapping == kNothing && (!provider || provider->mapping == kNothing);
  }
  [[nodiscard]] Dependence filtering() const {
    return provider ? std::max(kind.filtering, provider->filtering) : kind.filtering;
  }
};

/// Whether an end takes what comes from a port that it has not sent to, at an address that the other one
/// knows.
bool takes_any_port(const Site& site) {
  return site.keeps_mapping() && site.filtering() != kAddressAndPort;
}

bool has_path(const Site& a, const Site& b) {
  return takes_any_port(a) || takes_any_port(b) || (a.keeps_mapping() && b.keeps_mapping());
}

/// Answers what is asked about outer addresses.
class StunServer final : public net::DatagramCore {
 public:
  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant) override {
    const auto question = StunMessage::parse(bytes);
    if (!question) return;
    answers_.push_back({path, StunWriter(StunClass::kSuccess, StunMethod::kBinding, question->id())
                                  .add_xor_address(StunAttribute::kXorMappedAddress, path.remote)
                                  .take()});
  }
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink& sink, Instant) override {
    for (; !answers_.empty(); answers_.pop_front())
      sink.send(answers_[0].first, answers_[0].second, answers_[0].second.size(), 0);
    return true;
  }

 private:
  std::deque<std::pair<net::Path, Bytes>> answers_;
};

/// Stands for QUIC: says hello on a path again and again, answers hellos where they came from.
class Greeter final : public net::DatagramCore {
 public:
  void greet(const net::Path& path) { path_ = path; }
  [[nodiscard]] bool is_answered() const { return answered_; }

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant) override {
    if (bytes.size() != kHello.size()) return;
    if (bytes[1] == kHello[1]) to_answer_.push_back(path);
    if (bytes[1] != kHello[1] && path_ && path.remote == path_->remote) answered_ = true;
  }
  void on_timeout(Instant now) override {
    next_ = now + 100ms;
    due_ = true;
  }
  [[nodiscard]] std::optional<Instant> next_timeout() const override {
    return path_ && !answered_ ? std::optional(next_) : std::nullopt;
  }
  bool flush(net::DatagramSink& sink, Instant) override {
    if (path_ && due_) sink.send(*path_, kHello, kHello.size(), 0);
    due_ = false;
    for (const auto& path : to_answer_) sink.send(path, kAnswer, kAnswer.size(), 0);
    to_answer_.clear();
    return true;
  }

 private:
  static constexpr std::array<std::uint8_t, 2> kHello{0xc0, 1};
  static constexpr std::array<std::uint8_t, 2> kAnswer{0xc0, 2};
  std::optional<net::Path> path_;
  std::vector<net::Path> to_answer_;
  Instant next_{};
  bool due_ = false;
  bool answered_ = false;
};

const auto kStunAddress = *SocketAddress::parse("198.51.100.1:3478");
/// Both ends have the same one at home.
const auto kHomeAddress = *SocketAddress::parse("192.168.1.2:4433");

/// One end: a core with its agent, behind a NAT or two.
class End {
 public:
  End(Network& network, const Site& site, const std::string& own, std::uint64_t seed)
      : network_(network), agent_(greeter_, seeded_random(seed)) {
    const auto outside = *SocketAddress::parse(own);
    const auto node = std::make_shared<std::optional<Network::NodeId>>();
    waiting_ports_ = std::make_shared<std::vector<SocketAddress>>();
    const auto on_port = [&network, node, waiting = waiting_ports_](const SocketAddress& port) {
      if (*node)
        network.add_address(**node, port);
      else
        waiting->push_back(port);
    };
    if (site.provider) {
      const auto between = *SocketAddress::parse("100.64.0.2:4433");
      home_ = std::make_unique<Nat>(agent_, kHomeAddress, between, site.kind, seed, nullptr);
      provider_ = std::make_unique<Nat>(*home_, between, outside, *site.provider, seed + 1, on_port);
    } else {
      home_ = std::make_unique<Nat>(agent_, kHomeAddress, outside, site.kind, seed, on_port);
    }
    auto none = outside;
    none.set_port(1);  // where nothing ever comes
    id_ = network.add(provider_ ? static_cast<net::DatagramCore&>(*provider_) : *home_, none);
    *node = id_;
    for (const auto& port : *waiting_ports_) network.add_address(id_, port);
  }

  void ask() {
    agent_.ask_outer_address(kStunAddress, network_.now());
    network_.touch(id_);
  }
  void punch(const SocketAddress& other, AttemptSettings settings) {
    settings.remotes = {kHomeAddress, other};
    agent_.punch(check_key({7}, as_bytes("tag")), std::move(settings), network_.now());
    began = network_.now();
    network_.touch(id_);
  }
  void greet(const net::Path& path) {
    greeter_.greet(path);
    network_.touch(id_);
  }
  void drain() {
    while (auto event = agent_.poll_event()) {
      if (const auto* reflexive = std::get_if<Reflexive>(&*event)) outer = reflexive->outer;
      if (const auto* one = std::get_if<PathFound>(&*event); one && !found) found = one->path;
      if (std::holds_alternative<PunchFailed>(*event)) failed = network_.now();
    }
  }

  [[nodiscard]] Network::NodeId id() const { return id_; }
  [[nodiscard]] bool is_answered() const { return greeter_.is_answered(); }
  std::optional<SocketAddress> outer;
  std::optional<net::Path> found;
  std::optional<Instant> failed;
  Instant began{};

 private:
  Network& network_;
  Greeter greeter_;
  Agent agent_;
  std::unique_ptr<Nat> home_;
  std::unique_ptr<Nat> provider_;
  std::shared_ptr<std::vector<SocketAddress>> waiting_ports_;
  Network::NodeId id_ = 0;
};

/// Two ends, each behind its NATs, and a STUN server.
struct World {
  World(std::uint64_t seed, const Site& host_site, const Site& viewer_site, Link link)
      : network(seed),
        host(network, host_site, "203.0.113.1:4433", seed * 4),
        viewer(network, viewer_site, "203.0.113.2:4433", seed * 4 + 2) {
    network.add(server, kStunAddress);
    network.set_both(host.id(), link);
    network.set_both(viewer.id(), link);
    network.on_step = [this] {
      host.drain();
      viewer.drain();
    };
  }

  bool learn() {
    host.ask();
    viewer.ask();
    return network.run_until([this] { return host.outer && viewer.outer; }, 120s);
  }
  [[nodiscard]] bool is_over() const {
    return (host.found || host.failed) && (viewer.found || viewer.failed);
  }

  Network network;
  StunServer server;
  End host;
  End viewer;
};

/// How a random world comes about; printed where one fails.
struct Draw {
  explicit Draw(std::uint64_t number) : seed(number), random(number) {}
  Site site() {
    Site drawn{kKinds[pick(kKinds.size())], std::nullopt};
    if (pick(4) == 0) drawn.provider = pick(2) == 0 ? kPort : kSym;
    return drawn;
  }
  Link link() {
    const auto delay = 1ms * static_cast<std::int64_t>(pick(100));
    return {.delay = delay,
            .jitter = 1ms * static_cast<std::int64_t>(pick(20)),
            .loss = 0.01 * static_cast<double>(pick(15))};
  }
  std::uint64_t pick(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random);
  }

  std::uint64_t seed;
  std::mt19937_64 random;
};

/// PIXELPASS_SEED=n: that world alone.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* chosen = std::getenv("PIXELPASS_SEED")) return {std::stoull(chosen)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 1; i <= count; ++i) all.push_back(i);
  return all;
}

void expect_verdict(World& world, bool should_find, Duration within) {
  ASSERT_TRUE(world.network.run_until([&] { return world.is_over(); }, within)) << "neither found nor failed";
  EXPECT_EQ(world.host.found.has_value(), should_find) << "the host";
  EXPECT_EQ(world.viewer.found.has_value(), should_find) << "the viewer";
  if (!world.viewer.found) return;
  world.viewer.greet(*world.viewer.found);
  EXPECT_TRUE(world.network.run_until([&] { return world.viewer.is_answered(); }, 5s))
      << "the core's datagrams take the path that was found";
}

/// Both ends learn of each other at nearly the same time, over a relay.
void punch_at_once(std::uint64_t seed) {
  Draw draw(seed);
  const auto host = draw.site();
  const auto viewer = draw.site();
  const auto link = draw.link();
  const auto lag = 1ms * static_cast<std::int64_t>(draw.pick(150));
  SCOPED_TRACE("PIXELPASS_SEED=" + std::to_string(seed) + ": host " + host.name() + ", viewer " +
               viewer.name() + ", delay " + std::to_string(to_ms(link.delay)) + " ms, loss " +
               std::to_string(link.loss) + ", lag " + std::to_string(to_ms(lag)) + " ms");
  World world(seed, host, viewer, link);
  ASSERT_TRUE(world.learn());
  world.network.run_for(1ms * static_cast<std::int64_t>(draw.pick(20'000)));
  const bool host_first = draw.pick(2) == 0;
  auto& first = host_first ? world.host : world.viewer;
  auto& second = host_first ? world.viewer : world.host;
  first.punch(*second.outer, {});
  world.network.run_for(lag);
  second.punch(*first.outer, {});
  ASSERT_NO_FATAL_FAILURE(expect_verdict(world, has_path(host, viewer), 11s));
}

TEST(Punching, FindsAPathInRandomWorldsWheneverThereIsOne) {
  for (const auto seed : seeds(3000)) {
    punch_at_once(seed);
    if (HasFailure()) return;
  }
}

/// The viewer has dialled and waits; its host begins when it is told to, within two minutes.
void punch_late(std::uint64_t seed) {
  Draw draw(seed);
  const auto host = draw.site();
  const auto viewer = draw.site();
  const auto link = draw.link();
  const auto late = 1ms * static_cast<std::int64_t>(draw.pick(60'000));
  SCOPED_TRACE("PIXELPASS_SEED=" + std::to_string(seed) + ": host " + host.name() + ", viewer " +
               viewer.name() + ", delay " + std::to_string(to_ms(link.delay)) + " ms, loss " +
               std::to_string(link.loss) + ", late " + std::to_string(to_ms(late)) + " ms");
  World world(seed, host, viewer, link);
  ASSERT_TRUE(world.learn());
  // What it dials with makes the host's NAT remember it as a stranger.
  world.viewer.greet({SocketAddress(), *world.host.outer});
  world.network.run_for(3s);
  world.viewer.greet({SocketAddress(), kHomeAddress});
  world.viewer.punch(*world.host.outer, {.duration = 180s,
                                         .near_hops = viewer.provider ? 3 : 2,
                                         .low_ttl_until_asked = viewer.keeps_mapping()});
  world.network.run_for(late);
  world.host.punch(*world.viewer.outer, {.duration = 120s, .with_pauses = true});
  ASSERT_NO_FATAL_FAILURE(expect_verdict(world, has_path(host, viewer), 190s));
}

TEST(Punching, FindsAPathWhenOneEndBeginsLongAfterTheOther) {
  for (const auto seed : seeds(1000)) {
    punch_late(seed);
    if (HasFailure()) return;
  }
}

/// Kinds as the laboratory's: in 36 + 12 of 64 pairs there is a path.
TEST(Punching, KnowsTheLaboratorysTable) {
  const std::vector<Site> sites{{kOpen, {}},     {kKinds[1], {}}, {kKinds[2], {}}, {kPort, {}},
                                {kKinds[4], {}}, {kSym, {}},      {kPort, kPort},  {kPort, kSym}};
  int paths = 0;
  for (const auto& host : sites)
    for (const auto& viewer : sites) paths += has_path(host, viewer) ? 1 : 0;
  EXPECT_EQ(paths, 48);
}

/// Within 20 ms each way: the opener, one check and its answer.
TEST(Punching, IsQuick) {
  World world(1, {kPort, {}}, {kPort, {}}, {.delay = 10ms});
  ASSERT_TRUE(world.learn());
  world.viewer.punch(*world.host.outer, {});
  world.network.run_for(20ms);
  world.host.punch(*world.viewer.outer, {});
  ASSERT_TRUE(world.network.run_until([&] { return world.is_over(); }, 11s));
  EXPECT_LT(world.network.now() - world.viewer.began, 270ms);
}

}  // namespace
}  // namespace pixelpass::sim
