#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kClosingSeed = 13;

TEST(Closing, OfBothEndsAtOnceIsNoEndlessExchange) {
  Call call(kClosingSeed);
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

/// A film's last picture is on its way when its host has nothing more to do.
TEST(Closing, BehindTheLastPictureWaitsForItToArrive) {
  Call call(kClosingSeed);
  auto& viewer = call.join();
  call.network.set_both(viewer.node(), {.delay = 100ms});
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(1s);
  call.host.stop_showing();
  EXPECT_FALSE(call.host.tunnel().has_delivered());
  ASSERT_TRUE(call.network.run_until([&] { return call.host.tunnel().has_delivered(); }, 1s));
  const std::size_t shown = call.host.broadcast().counters().frames;
  call.host.tunnel().close("the end", call.network.now());
  call.network.touch(call.host.node());
  ASSERT_TRUE(call.network.run_until([&] { return viewer.last<HostLeft>() != nullptr; }, 2s));
  ASSERT_FALSE(viewer.frames.empty());
  EXPECT_EQ(viewer.frames.size(), shown);
}

TEST(Closing, DoesNotWaitForWhoIsNotThere) {
  Call call(kClosingSeed);
  EXPECT_TRUE(call.host.tunnel().has_delivered());
  call.host.show({});
  call.network.run_for(1s);
  EXPECT_TRUE(call.host.tunnel().has_delivered()) << "nobody watches";
}

/// The same identity and ticket after a crash; another broadcast, with groups of later numbers.
TEST(Closing, OfAHostThatReturnsWithItsIdentityLetsTheViewerGoOn) {
  Call call(kClosingSeed);
  auto& viewer = call.join();
  call.host.show({.frames_per_group = 10});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(5s);
  call.network.remove(call.host.node());
  SimHost again(call.network, kClosingSeed);
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

/// A terminal's title, a byte that is no UTF-8, an override, a line of its own; longer than any reason.
const std::string kNasty = "a\x1b]0;b\x07\xff\u202e\u200b\nc" + std::string(600, 'd');
const std::string kHarmless = "a]0;bc";

TEST(Closing, ByAViewerSaysNothingToTheHostThatSteersATerminal) {
  Call call(kClosingSeed);
  auto& viewer = call.join();
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  viewer.close(kNasty);
  ASSERT_TRUE(call.network.run_until([&] { return call.host.count<SessionClosed>() == 1; }, 2s));
  const auto& reason = std::get<SessionClosed>(call.host.events.back()).reason;
  EXPECT_TRUE(reason.starts_with(kHarmless + "d")) << reason;
  EXPECT_LE(reason.size(), 256U);
}

TEST(Closing, ByAHostSaysNothingToItsViewersThatSteersATerminal) {
  Call call(kClosingSeed);
  auto& viewer = call.join();
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  call.host.tunnel().close(kNasty, call.network.now());
  call.network.touch(call.host.node());
  ASSERT_TRUE(call.network.run_until([&] { return viewer.last<HostLeft>() != nullptr; }, 2s));
  const auto& reason = viewer.last<HostLeft>()->reason;
  EXPECT_TRUE(reason.starts_with(kHarmless + "d")) << reason;
  EXPECT_LE(reason.size(), 256U);
}

}  // namespace
}  // namespace pixelpass::sim
