#include "session_call.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using app::HostStats;
using app::Paused;
using app::Sharing;

constexpr std::uint64_t kSessionSeed = 11;

TEST(Session, RestsUntilSomebodyWatches) {
  SessionCall call(kSessionSeed);
  call.network.run_for(10s);
  EXPECT_FALSE(call.source().is_playing());
  EXPECT_EQ(call.source().frames(), 0U);
  EXPECT_EQ(call.count<Sharing>(), 1U);
  ASSERT_EQ(call.count<Paused>(), 1U);
  EXPECT_EQ(call.last<Paused>()->reason, "no viewers");
}

TEST(Session, PlaysForTheFirstViewerWhoSeesAKeyframeFirst) {
  SessionCall call(kSessionSeed);
  call.network.run_for(10s);
  auto& viewer = call.watch();
  ASSERT_FALSE(viewer.frames.empty());
  EXPECT_EQ(viewer.frames[0].index, 0U);
  EXPECT_LT(viewer.frames[0].lag, 50ms);
  EXPECT_EQ(call.count<Sharing>(), 2U);
  EXPECT_EQ(call.count<app::ViewerJoined>(), 1U);
}

TEST(Session, RestsAWhileAfterTheLastViewerHasLeft) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  viewer.close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  call.network.run_for(app::HostSession::kIdleGrace - 10ms);
  EXPECT_TRUE(call.source().is_playing());
  ASSERT_TRUE(call.until<Paused>(2, 20ms));
  EXPECT_FALSE(call.source().is_playing());
  const auto made = call.source().frames();
  call.network.run_for(1min);
  EXPECT_EQ(call.source().frames(), made);
  EXPECT_EQ(call.count<Paused>(), 2U);
}

TEST(Session, PlaysForAnEngineAloneWithAKeyframeEveryTwoSeconds) {
  SessionCall call(kSessionSeed);
  call.source().stand_still();
  call.network.run_for(1s);
  call.session().on_published({.count = 1}, call.network.now());
  call.touch();
  call.network.run_for(20s);
  EXPECT_TRUE(call.source().is_playing());
  EXPECT_GE(call.source().forced(), 8U);
  EXPECT_LE(call.source().forced(), 11U);
}

TEST(Session, AViewerWhoLeavesDoesNotEndItForAnEngine) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  call.session().on_published({.count = 1}, call.network.now());
  viewer.close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  call.network.run_for(1min);
  EXPECT_TRUE(call.source().is_playing());
  call.session().on_published({}, call.network.now());
  call.touch();
  call.network.run_for(app::HostSession::kIdleGrace + 10ms);
  EXPECT_FALSE(call.source().is_playing());
}

TEST(Session, TellsOfAScreenThatIsHiddenAndOfItsReturnWhileItsCardPlays) {
  SessionCall call(kSessionSeed);
  call.watch();
  const auto shared = call.count<Sharing>();
  call.session().on_source_hidden("locked", call.network.now());
  call.network.run_for(1s);
  EXPECT_EQ(call.last<Paused>()->reason, "locked");
  EXPECT_TRUE(call.source().is_playing());
  EXPECT_EQ(call.count<Sharing>(), shared);
  call.session().on_source_hidden("", call.network.now());
  call.network.run_for(1s);
  EXPECT_EQ(call.count<Sharing>(), shared + 1);
}

TEST(Session, SaysThatAScreenIsHiddenToWhoComesMeanwhile) {
  SessionCall call(kSessionSeed);
  call.network.run_for(1s);
  call.session().on_source_hidden("locked", call.network.now());
  call.network.run_for(1s);
  EXPECT_EQ(call.last<Paused>()->reason, "no viewers");
  const auto shared = call.count<Sharing>();
  call.watch();
  EXPECT_EQ(call.last<Paused>()->reason, "locked");
  EXPECT_EQ(call.count<Sharing>(), shared);
}

TEST(Session, PlaysOnForOneWhoComesBackSoon) {
  SessionCall call(kSessionSeed);
  call.watch().close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  call.network.run_for(app::HostSession::kIdleGrace - 500ms);
  auto& again = call.watch();
  call.network.run_for(10s);
  EXPECT_TRUE(call.source().is_playing());
  EXPECT_EQ(call.count<Paused>(), 1U);
  EXPECT_EQ(again.order_error(), "");
}

TEST(Session, ShowsNothingFromBeforeAPause) {
  SessionCall call(kSessionSeed);
  call.watch().close("done");
  ASSERT_TRUE(call.until<Paused>(2, 5s));
  call.network.run_for(1min);
  auto& next = call.watch();
  call.network.run_for(3s);
  ASSERT_FALSE(next.frames.empty());
  EXPECT_EQ(next.frames[0].index, 0U);
  EXPECT_TRUE(next.frames[0].after_gap);
  EXPECT_LT(next.frames[0].lag, 50ms);
  EXPECT_EQ(next.order_error(), "");
}

TEST(Session, NeverRestsWhenOthersEncode) {
  SessionCall call(kSessionSeed, {.is_encoded_here = false});
  call.network.run_for(1s);
  EXPECT_TRUE(call.source().is_playing());
  call.watch().close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  call.network.run_for(1min);
  EXPECT_TRUE(call.source().is_playing());
  EXPECT_EQ(call.count<Paused>(), 0U);
}

TEST(Session, LetsViewersWaitWhileItIsStarting) {
  SessionCall call(kSessionSeed, {.starts = false});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until<app::ViewerJoined>(1, 1s));
  call.network.run_for(5min);
  EXPECT_EQ(viewer.count<tunnel::Connected>(), 1U);
  EXPECT_EQ(viewer.count<tunnel::Reconnecting>(), 0U);
  EXPECT_EQ(viewer.last<tunnel::Described>()->stream.source, "");
  EXPECT_EQ(call.count<Sharing>() + call.count<Paused>() + call.count<HostStats>(), 0U);
  EXPECT_FALSE(call.source().is_playing());
  call.start_source();
  ASSERT_TRUE(call.network.run_until([&] { return !viewer.frames.empty(); }, 1s));
  EXPECT_EQ(viewer.frames[0].index, 0U);
  EXPECT_EQ(viewer.last<tunnel::Described>()->stream.source, "test");
  EXPECT_EQ(call.count<Sharing>(), 1U);
  EXPECT_EQ(call.count<Paused>(), 0U);
}

TEST(Session, RestsAfterAStartDuringWhichAViewerCameAndLeft) {
  SessionCall call(kSessionSeed, {.starts = false});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until<app::ViewerJoined>(1, 1s));
  viewer.close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  call.network.run_for(1min);
  EXPECT_EQ(call.count<Paused>(), 0U) << "there is nothing yet that rests";
  call.start_source();
  call.network.run_for(1min);
  EXPECT_FALSE(call.source().is_playing());
  EXPECT_EQ(call.source().frames(), 0U);
  EXPECT_EQ(call.last<Paused>()->reason, "no viewers");
}

TEST(Session, TakesCommandsWhileItIsStartingThatHoldAfterwards) {
  SessionCall call(kSessionSeed, {.starts = false});
  EXPECT_FALSE(call.order(app::command::Mute{true}));
  EXPECT_FALSE(call.order(app::command::Pause{}));
  EXPECT_TRUE(call.order(app::command::SetBitrate{1'000'000})) << "there is nothing yet that has one";
  call.join();
  ASSERT_TRUE(call.until<app::ViewerJoined>(1, 1s));
  EXPECT_FALSE(call.source().is_muted());
  EXPECT_EQ(call.count<Paused>(), 0U);
  call.start_source();
  call.network.run_for(1s);
  EXPECT_TRUE(call.source().is_muted());
  EXPECT_TRUE(call.source().is_covered()) << "who waited sees the card";
  EXPECT_TRUE(call.source().is_playing());
  EXPECT_EQ(call.last<Paused>()->reason, "on request");
}

TEST(Session, SaysGoodbyeWhenItsStartIsGivenUp) {
  SessionCall call(kSessionSeed, {.starts = false});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until<app::ViewerJoined>(1, 1s));
  call.session().stop("interrupted", ExitCode::kInterrupted, call.network.now());
  call.touch();
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<tunnel::HostLeft>() == 1; }, 1s));
  EXPECT_EQ(call.session().exit_code(), ExitCode::kInterrupted);
  EXPECT_EQ(call.count<app::Ended>(), 0U) << "nothing was shared";
}

TEST(Session, MutesAndUnmutesItsSourceWhetherItRestsOrNot) {
  SessionCall call(kSessionSeed);
  EXPECT_FALSE(call.order(app::command::Mute{true}));
  call.network.run_for(1s);
  EXPECT_TRUE(call.source().is_muted());
  EXPECT_FALSE(call.source().is_playing());
  auto& viewer = call.watch();
  EXPECT_TRUE(call.source().is_muted());
  const auto asked = call.source().forced();
  EXPECT_FALSE(call.order(app::command::Mute{false}));
  call.network.run_for(1s);
  EXPECT_FALSE(call.source().is_muted());
  EXPECT_EQ(call.source().forced(), asked);
  EXPECT_EQ(call.count<Paused>(), 1U);
  EXPECT_EQ(viewer.order_error(), "");
}

TEST(Session, ShowsOneOfSeveralAloneAndRefusesOneThatIsNotThere) {
  SessionCall call(kSessionSeed);
  const auto objection = call.order(app::command::Show{1});
  ASSERT_TRUE(objection) << "there is one";
  EXPECT_EQ(objection->exit_code, ExitCode::kUsage);
  StreamDescription two;
  two.sources = 2;
  call.describe_source(two);
  EXPECT_FALSE(call.order(app::command::Show{2}));
  const auto unknown = call.order(app::command::Show{3});
  ASSERT_TRUE(unknown);
  EXPECT_NE(unknown->hint.find("1 to 2"), std::string::npos);
  call.network.run_for(1s);
  EXPECT_EQ(call.source().shown(), 2);
  EXPECT_FALSE(call.order(app::command::Show{0}));
  call.network.run_for(1s);
  EXPECT_EQ(call.source().shown(), 0);
}

TEST(Session, TellsAllOfANewBitrate) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  EXPECT_FALSE(call.order(app::command::SetBitrate{2'500'000}));
  call.network.run_for(1s);
  EXPECT_EQ(call.source().bitrate_bps(), 2'500'000);
  EXPECT_EQ(call.last<Sharing>()->stream.bitrate_bps, 2'500'000);
  ASSERT_GT(viewer.count<tunnel::Described>(), 0U);
  EXPECT_EQ(viewer.last<tunnel::Described>()->stream.bitrate_bps, 2'500'000);
}

TEST(Session, FollowsLinesUpToACapUntilTheBitrateIsFixedAndAgainAfterIt) {
  SessionCall call(kSessionSeed);
  call.watch();
  const auto told = [&] {
    call.network.run_for(2s);
    return std::pair(call.last<HostStats>()->limited_by, call.last<HostStats>()->target_bps);
  };
  EXPECT_FALSE(call.order(app::command::SetBitrate{2'500'000}));
  EXPECT_EQ(told(), std::pair(std::string("cap"), std::int64_t{2'500'000}));
  EXPECT_FALSE(call.order(app::command::SetBitrate{1'000'000, true}));
  EXPECT_EQ(told(), std::pair(std::string("fixed"), std::int64_t{1'000'000}));
  EXPECT_EQ(call.source().bitrate_bps(), 1'000'000);
  EXPECT_FALSE(call.order(app::command::SetBitrate{3'000'000}));
  EXPECT_EQ(told(), std::pair(std::string("cap"), std::int64_t{3'000'000}));
  EXPECT_EQ(call.source().bitrate_bps(), 3'000'000);
}

TEST(Session, RestsOnWhenWhatItSharesChanges) {
  SessionCall call(kSessionSeed, {.wants_stats = false});
  call.network.run_for(1s);
  StreamDescription turned;
  turned.width = 1080;
  call.describe_source(turned);
  EXPECT_FALSE(call.order(app::command::SetBitrate{2'500'000}));
  call.network.run_for(1s);
  EXPECT_EQ(call.last<Sharing>()->stream.width, 1080);
  EXPECT_EQ(call.last<Sharing>()->stream.bitrate_bps, 2'500'000);
  EXPECT_TRUE(std::holds_alternative<Paused>(call.events.back())) << "to whoever reads the events it goes on";
}

TEST(Session, CannotMuteOrThrottleWhatOthersEncode) {
  SessionCall call(kSessionSeed, {.is_encoded_here = false});
  const auto objection = call.order(app::command::Mute{true});
  ASSERT_TRUE(objection);
  EXPECT_NE(objection->hint.find("pixelpass pause"), std::string::npos) << "what works instead";
  EXPECT_TRUE(call.order(app::command::SetBitrate{2'500'000}));
  call.network.run_for(1s);
  EXPECT_FALSE(call.source().is_muted());
  EXPECT_EQ(call.source().bitrate_bps(), 0);
}

TEST(Session, AsksForAKeyframeWhenAPlayerStarts) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  call.network.run_for(1s);
  const auto before = call.source().forced();
  call.request_keyframe(viewer);
  call.network.run_for(100ms);
  EXPECT_EQ(call.source().forced(), before + 1);
}

TEST(Session, RationsKeyframesOverAllViewers) {
  constexpr std::size_t kViewers = 8;
  SessionCall call(kSessionSeed, {.max_viewers = kViewers});
  for (std::size_t i = 0; i < kViewers; ++i) call.watch();
  const auto ask_for = [&](int seconds) {
    const auto before = call.source().forced();
    for (int i = 0; i < seconds * 4; ++i) {
      for (auto& viewer : call.viewers) call.request_keyframe(viewer);
      call.network.run_for(250ms);
    }
    return call.source().forced() - before;
  };
  EXPECT_LE(ask_for(10), 10 * 5U);  // their bursts
  ask_for(50);
  const auto made = ask_for(60);
  EXPECT_LE(made, 61U);
  EXPECT_GE(made, 50U);
  for (const auto& viewer : call.viewers) EXPECT_EQ(viewer.count<tunnel::Reconnecting>(), 0U);
}

TEST(Session, CountsOnceASecond) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  call.network.run_for(3s);
  const auto before = call.count<HostStats>();
  call.network.run_for(10s);
  EXPECT_EQ(call.count<HostStats>(), before + 10);
  const auto& stats = *call.last<HostStats>();
  ASSERT_EQ(stats.viewers.size(), 1U);
  EXPECT_EQ(stats.viewers[0].viewer, 1U);
  EXPECT_GT(stats.viewers[0].bitrate_bps, 500'000);
  EXPECT_NEAR(static_cast<double>(stats.bitrate_bps), static_cast<double>(stats.viewers[0].bitrate_bps),
              200'000);
  EXPECT_DOUBLE_EQ(stats.encode_fps, 30);
  EXPECT_EQ(stats.dropped_frames, 3U);
  EXPECT_EQ(stats.rss, 4096U);
  viewer.close("done");
  call.network.run_for(5s);
  EXPECT_TRUE(call.last<HostStats>()->viewers.empty());
  EXPECT_EQ(call.last<HostStats>()->bitrate_bps, 0);
}

TEST(Session, CountsNothingThatNobodyReads) {
  SessionCall call(kSessionSeed, {.wants_stats = false});
  call.watch();
  call.network.run_for(10s);
  EXPECT_EQ(call.count<HostStats>(), 0U);
}

TEST(Session, TellsOfANarrowLineOnceAndAnewOfOneThatComesBack) {
  SessionCall call(kSessionSeed, {.narrow_line = [](std::span<const net::Path> paths) {
                     return std::optional(net::NarrowLine{paths.front().remote, 1000, 1228});
                   }});
  auto& viewer = call.watch();
  call.network.run_for(10s);
  EXPECT_EQ(call.count<app::Notice>(), 1U);
  call.network.set_both(viewer.node(), {.cut = true});
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1min));
  call.network.set_both(viewer.node(), {});
  ASSERT_TRUE(call.until<app::ViewerJoined>(2, 1min));
  EXPECT_EQ(call.last<app::ViewerJoined>()->viewer, 1U) << "the same as before";
  call.network.run_for(10s);
  EXPECT_EQ(call.count<app::Notice>(), 2U);
}

TEST(Session, EndsWhenItsTimeIsUp) {
  SessionCall call(kSessionSeed, {.duration = 20s});
  auto& viewer = call.watch();
  call.network.run_for(25s);
  EXPECT_EQ(call.session().exit_code(), ExitCode::kDone);
  ASSERT_EQ(viewer.count<tunnel::HostLeft>(), 1U);
  EXPECT_EQ(viewer.last<tunnel::HostLeft>()->reason, "time is up");
  ASSERT_EQ(call.count<app::Ended>(), 1U);
  EXPECT_EQ(call.last<app::Ended>()->elapsed, Duration(20s));
  EXPECT_TRUE(std::holds_alternative<app::Ended>(call.events.back()));
}

TEST(Session, ShowsWhatItsSourceGaveLastBeforeItEnds) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  call.network.set_both(viewer.node(), {.delay = 100ms});
  call.network.run_for(5s);
  call.source().apply(app::source_command::Pause{});
  call.network.run_for(1s);
  // More than is sent at once.
  call.session().on_frame(make_frame(call.source().group(), 99, 500'000, call.network.now()));
  const auto given = call.source().frames() + 1;
  call.end_source({});
  ASSERT_TRUE(call.until<app::Ended>(1, 5s));
  EXPECT_EQ(call.last<app::Ended>()->reason, "the source ended");
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<tunnel::HostLeft>() == 1; }, 1s));
  EXPECT_EQ(viewer.frames.size(), given);
}

TEST(Session, DoesNotWaitForALineThatDoesNotBringTheLastPictures) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  call.network.set_both(viewer.node(), {.cut = true});
  call.network.run_for(200ms);
  const auto ended_at = call.network.now();
  call.end_source({.what = "", .hint = "standard input has ended"});
  ASSERT_TRUE(call.until<app::Ended>(1, 5s));
  EXPECT_EQ(call.network.now() - ended_at, app::HostSession::kDeliveryTime);
  EXPECT_EQ(call.last<app::Ended>()->reason, "standard input has ended");
}

TEST(Session, EndsAtOnceWhenItsSourceFails) {
  SessionCall call(kSessionSeed);
  auto& viewer = call.watch();
  call.end_source({.what = "the screen is gone", .hint = "", .exit_code = ExitCode::kCouldNotStart});
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<tunnel::HostLeft>() == 1; }, 1s));
  EXPECT_EQ(call.session().exit_code(), ExitCode::kCouldNotStart);
  ASSERT_EQ(call.count<app::Failed>(), 1U);
  EXPECT_EQ(call.last<app::Failed>()->error.what, "the screen is gone");
}

TEST(Session, EndsForTheFirstReasonAlone) {
  SessionCall call(kSessionSeed);
  call.session().stop("interrupted", ExitCode::kInterrupted, call.network.now());
  call.session().stop("time is up", ExitCode::kDone, call.network.now());
  call.touch();
  call.network.run_for(1s);
  ASSERT_EQ(call.count<app::Ended>(), 1U);
  EXPECT_EQ(call.last<app::Ended>()->reason, "interrupted");
  EXPECT_EQ(call.session().exit_code(), ExitCode::kInterrupted);
}

}  // namespace
}  // namespace pixelpass::sim
