#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using namespace std::chrono_literals;

TEST(Clocks, AViewerLearnsHowFarItsClockIsAheadOfTheHosts) {
  Call call(1);
  call.host.show({});
  auto& ahead = call.join(call.host.ticket(), 9h);
  auto& behind = call.join(call.host.ticket(), -24h * 365 * 20);
  ASSERT_TRUE(call.until_all_see());
  EXPECT_EQ(ahead.last<Connected>()->clock_ahead, 9h);
  EXPECT_EQ(behind.last<Connected>()->clock_ahead, -24h * 365 * 20);
}

TEST(Clocks, OneThatIsSetWhileTheViewerIsAwayIsComparedAnew) {
  Call call(1);
  call.host.show({});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  EXPECT_EQ(viewer.last<Connected>()->clock_ahead, 0s);
  call.network.set_both(viewer.node(), {.cut = true});
  call.network.run_for(40s);
  call.host.set_clock_ahead(-2h);
  call.network.set_both(viewer.node(), {});
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<Connected>() == 2; }, 3s));
  EXPECT_EQ(viewer.last<Connected>()->clock_ahead, 2h);
}

TEST(Clocks, ARefusalOfAnExpiredTicketTellsTheHostsTime) {
  Call call(1, 2, wall(Instant(1h)));
  call.network.run_for(5s);
  auto& viewer = call.join(call.host.ticket(), 9h);
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<RefusedByHost>() == 1; }, 5s));
  EXPECT_EQ(viewer.last<RefusedByHost>()->reason, wire::RefusedReason::kExpired);
  EXPECT_EQ(viewer.last<RefusedByHost>()->clock_ahead, 9h);
}

/// What is sent to who has not proven the secret is no more than has to be.
TEST(Clocks, WhoHasNotProvenTheSecretIsNotToldTheTime) {
  Call call(1);
  RawPeer peer(call.network, *SocketAddress::parse("203.0.113.9:5000"), 7);
  auto line = peer.dial(call.host.ticket(), wall(call.network.now()));
  ASSERT_TRUE(call.network.run_until([&] { return line->ready; }, 2s));
  auto wrong = call.host.identity().secret();
  wrong[0] ^= 1;
  line->say_hello(wrong, {});
  peer.flush_soon();
  ASSERT_TRUE(call.network.run_until([&] { return line->last<wire::Refused>() != nullptr; }, 2s));
  EXPECT_EQ(line->last<wire::Refused>()->reason, wire::RefusedReason::kProof);
  EXPECT_EQ(line->last<wire::Refused>()->host_time, std::nullopt);
}

}  // namespace
}  // namespace pixelpass::sim
