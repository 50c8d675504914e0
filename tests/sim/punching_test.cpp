#include "sim_ends.hpp"
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::sim {
namespace {

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

/// The viewer has dialled and waits; its host begins when it is told to, within two minutes. `hops`: past
/// the viewer's NATs, as it has counted them.
void punch_late(Draw& draw, const Site& host, const Site& viewer, int hops) {
  const auto link = draw.link();
  const auto late = 1ms * static_cast<std::int64_t>(draw.pick(60'000));
  SCOPED_TRACE("PIXELPASS_SEED=" + std::to_string(draw.seed) + ": host " + host.name() + ", viewer " +
               viewer.name() + ", delay " + std::to_string(to_ms(link.delay)) + " ms, loss " +
               std::to_string(link.loss) + ", late " + std::to_string(to_ms(late)) + " ms");
  World world(draw.seed, host, viewer, link);
  ASSERT_TRUE(world.learn());
  // What it dials with, and goes on dialling, makes the host's NAT remember it as a stranger.
  world.viewer.greet({SocketAddress(), *world.host.outer});
  world.network.run_for(3s);
  world.viewer.punch(*world.host.outer,
                     {.duration = 180s, .near_hops = hops, .low_ttl_until_asked = viewer.keeps_mapping()});
  world.network.run_for(late);
  world.host.punch(*world.viewer.outer, {.duration = 120s, .with_pauses = true});
  ASSERT_NO_FATAL_FAILURE(expect_verdict(world, has_path(host, viewer), 190s));
}

TEST(Punching, FindsAPathWhenOneEndBeginsLongAfterTheOther) {
  for (const auto seed : seeds(1000)) {
    Draw draw(seed);
    const auto host = draw.site();
    const auto viewer = draw.site();
    punch_late(draw, host, viewer, viewer.provider ? 3 : 2);
    if (HasFailure()) return;
  }
}

/// A provider whose own routers have public addresses this side of its NAT.
TEST(Punching, FindsAPathLateAlsoWhereTheHopsAreTooFew) {
  for (const auto seed : seeds(300)) {
    Draw draw(seed);
    auto host = draw.site();
    host.kind.remembers_strangers = false;
    punch_late(draw, host, {kPort, kPort}, 2);
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
