#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kSeed = 13;

TEST(Closing, OfBothEndsAtOnceIsNoEndlessExchange) {
  Call call(kSeed);
  auto& viewer = call.join();
  call.network.set_both(viewer.node(), {.delay = 100us});
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  call.host.stop_showing();
  call.network.run_for(1s);
  const auto from = [&] {
    return call.network.datagrams_from(call.host.node()) + call.network.datagrams_from(viewer.node());
  };
  const auto before = from();
  call.host.tunnel().close("goodbye", call.network.now());
  call.network.touch(call.host.node());
  viewer.close("goodbye");
  call.network.run_for(5s);
  EXPECT_LE(from() - before, 24u);
}

/// The same identity and ticket after a crash; another broadcast, with groups of later numbers.
TEST(Closing, OfAHostThatReturnsWithItsIdentityLetsTheViewerGoOn) {
  Call call(kSeed);
  auto& viewer = call.join();
  call.host.show({.frames_per_group = 10});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(5s);
  call.network.remove(call.host.node());
  SimHost again(call.network, kSeed);
  call.network.on_step = [&] {
    again.drain();
    viewer.drain();
  };
  again.show({.frames_per_group = 10});
  const auto frames = viewer.frames.size();
  ASSERT_TRUE(call.network.run_until([&] { return viewer.frames.size() > frames + 60; }, 6s));
  EXPECT_TRUE(viewer.frames[frames].after_gap);
  EXPECT_EQ(viewer.damaged, 0u);
  EXPECT_LE(viewer.lag_at(0.5, frames), 20ms);
}

}  // namespace
}  // namespace pixelpass::sim
