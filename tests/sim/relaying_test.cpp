#include "sim_ends.hpp"
#include "sim_turn_server.hpp"
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace pixelpass::sim {
namespace {

const auto kTurnAddress = *SocketAddress::parse("198.51.100.9:3478");
const auto kTurnAddressV6 = *SocketAddress::parse("[2001:db8::9]:3478");

/// Two ends behind any NATs, and a relay that both know.
struct RelayWorld {
  RelayWorld(std::uint64_t seed, const Site& host_site, const Site& viewer_site, Link link)
      : network(seed),
        turn(kTurnAddress, kTurnAddressV6, {}),
        host(network, host_site, "203.0.113.1:4433", seed * 4),
        viewer(network, viewer_site, "203.0.113.2:4433", seed * 4 + 2) {
    turn.join(network);
    network.set_both(host.id(), link);
    network.set_both(viewer.id(), link);
    network.on_step = [this] {
      host.drain();
      viewer.drain();
    };
    host.allocate(kTurnAddress);
    viewer.allocate(kTurnAddress);
  }

  [[nodiscard]] bool until_allocated() {
    return network.run_until([this] { return host.relayed && viewer.relayed; }, 30s);
  }
  [[nodiscard]] bool until_answered(const net::Path& path, Duration within) {
    viewer.greet(path);
    return network.run_until([this] { return viewer.is_answered(); }, within);
  }
  [[nodiscard]] net::Path over_both() const { return {*viewer.relayed, *host.relayed, net::Via::kOwnRelay}; }

  Network network;
  SimTurnServer turn;
  End host;
  End viewer;
};

/// Over two relays, over one, over none where that can be; the server falls silent meanwhile.
void relay_and_punch(std::uint64_t seed) {
  Draw draw(seed);
  const auto host = draw.site();
  const auto viewer = draw.site();
  const auto link = draw.link();
  SCOPED_TRACE("PIXELPASS_SEED=" + std::to_string(seed) + ": host " + host.name() + ", viewer " +
               viewer.name() + ", delay " + std::to_string(to_ms(link.delay)) + " ms, loss " +
               std::to_string(link.loss));
  RelayWorld world(seed, host, viewer, link);
  ASSERT_TRUE(world.until_allocated());
  world.host.permit(*world.viewer.relayed);
  world.viewer.bind(*world.host.relayed);
  ASSERT_TRUE(world.until_answered(world.over_both(), 20s)) << "relay to relay";
  world.host.permit(*world.viewer.outer);
  ASSERT_TRUE(world.until_answered({SocketAddress(), *world.host.relayed, net::Via::kPeerRelay}, 20s))
      << "one hop";

  world.turn.set_dead(true);
  world.viewer.punch(*world.host.outer, {});
  world.network.run_for(1ms * static_cast<std::int64_t>(draw.pick(100)));
  world.host.punch(*world.viewer.outer, {});
  const auto is_over = [&] {
    return (world.host.found || world.host.failed) && (world.viewer.found || world.viewer.failed);
  };
  ASSERT_TRUE(world.network.run_until(is_over, 11s));
  EXPECT_EQ(world.viewer.found.has_value(), has_path(host, viewer));
  EXPECT_EQ(world.host.found.has_value(), has_path(host, viewer));
  if (world.viewer.found) {
    EXPECT_TRUE(world.until_answered(*world.viewer.found, 5s)) << "without a relay";
  }
  world.turn.set_dead(false);
  EXPECT_TRUE(world.until_answered(world.over_both(), 20s)) << "the relay is back";
}

TEST(Relaying, BringsAnyTwoTogetherAndPunchesBesides) {
  for (const auto seed : seeds(500)) {
    relay_and_punch(seed);
    if (testing::Test::HasFailure()) return;
  }
}

/// Nothing of it waits for a timer but the greeting, which is repeated every 100 ms.
TEST(Relaying, TakesAFewRoundTrips) {
  RelayWorld world(1, {kSym, {}}, {kSym, {}}, {.delay = 10ms});
  ASSERT_TRUE(world.until_allocated());
  const auto began = world.network.now();
  world.host.permit(*world.viewer.relayed);
  world.viewer.bind(*world.host.relayed);
  ASSERT_TRUE(world.until_answered(world.over_both(), 5s));
  EXPECT_LE(world.network.now() - began, 300ms);
}

}  // namespace
}  // namespace pixelpass::sim
