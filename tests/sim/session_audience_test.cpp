#include "pixelpass/app/host/host.hpp"

#include "raw_peer.hpp"
#include "session_call.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace app::command;
using app::Paused;
using app::Sharing;
using testing::HasSubstr;
using wire::RefusedReason;

constexpr std::uint64_t kAudienceSeed = 12;

const RefusedReason* refusal(const SimViewer& viewer) {
  const auto* refused = viewer.last<tunnel::RefusedByHost>();
  return refused ? &refused->reason : nullptr;
}

/// Joins, and waits for the host's no.
const RefusedReason* refusal_of_one_more(SessionCall& call, const Ticket& ticket) {
  auto& viewer = call.join(ticket);
  call.network.run_until([&] { return refusal(viewer) != nullptr; }, 5s);
  return refusal(viewer);
}

const RefusedReason* refusal_of_one_more(SessionCall& call) {
  return refusal_of_one_more(call, call.ticket());
}

/// Its line is cut for so long; whether it watches on afterwards.
bool comes_back_after(Duration cut, SessionCall& call, SimViewer& viewer) {
  call.network.set_both(viewer.node(), {.cut = true});
  call.network.run_for(cut);
  call.network.set_both(viewer.node(), {});
  const auto before = viewer.frames.size();
  return call.network.run_until([&] { return viewer.frames.size() > before + 30; }, 10s);
}

TEST(Audience, HasNoMoreViewersThanPlaces) {
  SessionCall call(kAudienceSeed);
  call.watch();
  auto& second = call.watch();
  const auto* reason = refusal_of_one_more(call);
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, RefusedReason::kFull);
  second.close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  EXPECT_FALSE(call.watch().frames.empty());
}

TEST(Audience, StaysWhenTheTicketExpiresAndGetsNoNewViewer) {
  SessionCall call(kAudienceSeed, {.expires_at = wall(Instant(1h)) + 1min});
  auto& viewer = call.watch();
  call.network.run_for(2min);
  const auto* reason = refusal_of_one_more(call);
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, RefusedReason::kExpired);
  // Over another connection: its old one is silent, not gone.
  call.network.set_both(viewer.node(), {.cut = true});
  call.network.run_for(4s);
  call.network.set_both(viewer.node(), {});
  const auto before = viewer.frames.size();
  EXPECT_TRUE(call.network.run_until([&] { return viewer.frames.size() > before + 30; }, 10s));
  EXPECT_EQ(refusal(viewer), nullptr);
}

TEST(Audience, StaysWhenThereIsANewTicketWhichAllOthersNeed) {
  SessionCall call(kAudienceSeed, {.max_viewers = 3});
  const auto old = call.ticket();
  auto& first = call.watch();
  call.renew_ticket();
  const auto* reason = refusal_of_one_more(call, old);
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, RefusedReason::kProof);
  auto& second = call.watch();
  EXPECT_FALSE(second.frames.empty());
  EXPECT_EQ(call.count<app::ViewerJoined>(), 2U);
  EXPECT_EQ(first.order_error(), "");
  EXPECT_EQ(first.count<tunnel::Reconnecting>(), 0U);
  EXPECT_EQ(call.count<app::ViewerLeft>(), 0U);
}

TEST(Audience, GoesWithANewTicketWhereThatIsWantedAlsoWhoHasLostItsLine) {
  SessionCall call(kAudienceSeed, {.max_viewers = 2});
  auto& here = call.watch();
  auto& away = call.watch();
  call.network.set_both(away.node(), {.cut = true});
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 60s));
  call.renew_ticket(std::nullopt, true);
  ASSERT_TRUE(call.network.run_until([&] { return refusal(here) != nullptr; }, 1s));
  EXPECT_EQ(*refusal(here), RefusedReason::kKicked);
  call.network.set_both(away.node(), {});
  ASSERT_TRUE(call.network.run_until([&] { return refusal(away) != nullptr; }, 20s));
  EXPECT_EQ(*refusal(away), RefusedReason::kKicked);
  EXPECT_FALSE(call.watch().frames.empty());
}

TEST(Audience, ComesBackWithTheTicketThatItCameInWith) {
  SessionCall call(kAudienceSeed);
  auto& viewer = call.watch();
  call.renew_ticket();
  EXPECT_TRUE(comes_back_after(4s, call, viewer)) << "over another connection, before the old one is gone";
  EXPECT_EQ(call.count<app::ViewerLeft>(), 0U);
  EXPECT_TRUE(comes_back_after(40s, call, viewer));
  EXPECT_EQ(call.count<app::ViewerLeft>(), 1U);
  EXPECT_EQ(call.last<app::ViewerJoined>()->viewer, 1U);
  for (int i = 0; i < 20; ++i) call.renew_ticket();
  EXPECT_TRUE(comes_back_after(40s, call, viewer)) << "a ticket that is in use is forgotten last";
}

TEST(Audience, DoesNotComeAnewWithAnEarlierTicketEvenIfItWasIn) {
  SessionCall call(kAudienceSeed);
  const auto old = call.ticket();
  call.watch().close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1s));
  call.renew_ticket();
  const auto* reason = refusal_of_one_more(call, old);
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, RefusedReason::kProof);
}

TEST(Audience, CannotTakeASessionThatCameInWithAnotherTicket) {
  SessionCall call(kAudienceSeed);
  const auto first = call.ticket();
  call.renew_ticket();
  RawPeer peer(call.network, *SocketAddress::parse("203.0.113.9:5000"), kAudienceSeed);
  const auto say_hello = [&](const Ticket& ticket) {
    auto line = peer.dial(ticket, wall(call.network.now()));
    EXPECT_TRUE(call.network.run_until([&] { return line->ready; }, 2s));
    line->say_hello(ticket.secret, {});
    peer.flush_soon();
    call.network.run_for(100ms);
    return line;
  };
  ASSERT_TRUE(say_hello(call.ticket())->last<wire::Welcome>());
  call.renew_ticket();
  const auto line = say_hello(first);
  ASSERT_TRUE(line->last<wire::Refused>());
  EXPECT_EQ(line->last<wire::Refused>()->reason, RefusedReason::kProof);
}

TEST(Audience, GetsNewViewersAgainWhenANewTicketReplacesOneThatHasExpired) {
  SessionCall call(kAudienceSeed, {.expires_at = wall(Instant(1h)) + 1min});
  call.watch();
  call.network.run_for(2min);
  call.renew_ticket(60s);
  EXPECT_FALSE(call.watch().frames.empty());
  call.network.run_for(2min);
  const auto* reason = refusal_of_one_more(call);
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, RefusedReason::kExpired);
}

TEST(Audience, LosesAViewerWhoIsKicked) {
  SessionCall call(kAudienceSeed);
  auto& first = call.watch();
  auto& second = call.watch();
  EXPECT_FALSE(call.order(Kick{1}));
  ASSERT_TRUE(call.network.run_until([&] { return refusal(first) != nullptr; }, 1s));
  EXPECT_EQ(*refusal(first), RefusedReason::kKicked);
  const auto seen = first.frames.size();
  call.network.run_for(2min);
  EXPECT_EQ(first.frames.size(), seen);
  EXPECT_EQ(first.count<tunnel::Reconnecting>(), 0U) << "it came back by itself";
  EXPECT_EQ(call.count<app::ViewerJoined>(), 2U);
  ASSERT_EQ(call.count<app::ViewerLeft>(), 1U);
  EXPECT_EQ(call.last<app::ViewerLeft>()->viewer, 1U);
  EXPECT_EQ(call.last<app::ViewerLeft>()->reason, "kicked");
  EXPECT_EQ(second.order_error(), "");
  EXPECT_EQ(second.skipped_groups(), 0U);
  ASSERT_EQ(call.last<app::HostStats>()->viewers.size(), 1U);
  EXPECT_EQ(call.last<app::HostStats>()->viewers[0].viewer, 2U);
}

TEST(Audience, GivesAKickedViewersPlaceToTheNextAtOnce) {
  SessionCall call(kAudienceSeed, {.max_viewers = 1});
  call.watch();
  EXPECT_FALSE(call.order(Kick{1}));
  EXPECT_FALSE(call.watch().frames.empty());
  EXPECT_EQ(call.last<app::ViewerJoined>()->viewer, 2U);
}

/// Ours closes when it is told; this one stays.
TEST(Audience, SendsAKickedViewerNoMorePicturesWhateverItDoes) {
  SessionCall call(kAudienceSeed);
  RawPeer peer(call.network, *SocketAddress::parse("203.0.113.9:5000"), kAudienceSeed);
  call.watch();
  const auto line = peer.dial(call.ticket(), wall(call.network.now()));
  ASSERT_TRUE(call.network.run_until([&] { return line->ready; }, 2s));
  line->say_hello(call.identity().secret(), {});
  peer.flush_soon();
  call.network.run_for(1s);
  EXPECT_FALSE(call.order(Kick{2}));
  call.network.run_for(100ms);
  ASSERT_TRUE(line->last<wire::Refused>());
  EXPECT_EQ(line->last<wire::Refused>()->reason, RefusedReason::kKicked);
  const auto bytes = [&] {
    std::size_t sum = 0;
    for (const auto& [stream, got] : line->received) sum += got.size();
    return sum;
  };
  const auto got = bytes();
  EXPECT_GT(got, 30'000U);
  ASSERT_TRUE(call.network.run_until([&] { return line->closed.has_value(); }, 3s));
  EXPECT_EQ(bytes(), got);
  EXPECT_EQ(line->closed->code, static_cast<std::uint64_t>(tunnel::CloseCode::kRefused) +
                                    static_cast<std::uint64_t>(RefusedReason::kKicked));
  EXPECT_EQ(call.viewers[0].order_error(), "");
}

TEST(Audience, DoesNotTakeBackWhoWasKickedWhileItsLineWasCut) {
  SessionCall call(kAudienceSeed);
  auto& viewer = call.watch();
  call.network.set_both(viewer.node(), {.cut = true});
  call.network.run_for(4s);
  EXPECT_FALSE(call.order(Kick{1}));
  call.network.run_for(15s);
  call.network.set_both(viewer.node(), {});
  ASSERT_TRUE(call.network.run_until([&] { return refusal(viewer) != nullptr; }, 30s));
  EXPECT_EQ(*refusal(viewer), RefusedReason::kKicked);
  EXPECT_EQ(call.count<app::ViewerJoined>(), 1U);
}

TEST(Audience, RestsWhenTheLastOneWasKicked) {
  SessionCall call(kAudienceSeed);
  call.watch();
  EXPECT_FALSE(call.order(Kick{1}));
  EXPECT_TRUE(call.until<Paused>(2, app::HostSession::kIdleGrace + 100ms));
  EXPECT_FALSE(call.source().is_playing());
}

TEST(Audience, SaysWhoIsThereWhenAnotherIsToBeKicked) {
  SessionCall call(kAudienceSeed);
  EXPECT_THAT(call.order(Kick{1})->hint, HasSubstr("nobody"));
  call.watch();
  call.watch();
  const auto objection = call.order(Kick{7});
  ASSERT_TRUE(objection);
  EXPECT_THAT(objection->what, HasSubstr("7"));
  EXPECT_THAT(objection->hint, HasSubstr("1, 2"));
  call.network.run_for(5s);
  EXPECT_EQ(call.count<app::ViewerLeft>(), 0U);
}

TEST(Audience, GetsNoNewViewerWhileItIsLocked) {
  SessionCall call(kAudienceSeed);
  auto& viewer = call.watch();
  EXPECT_FALSE(call.order(Lock{}));
  const auto* reason = refusal_of_one_more(call);
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, RefusedReason::kLocked);
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_EQ(refusal(viewer), nullptr);
  EXPECT_FALSE(call.order(Unlock{}));
  EXPECT_FALSE(call.watch().frames.empty());
}

TEST(Audience, TakesBackALockedInViewerWhoseConnectionWasLost) {
  SessionCall call(kAudienceSeed);
  auto& viewer = call.watch();
  EXPECT_FALSE(call.order(Lock{}));
  call.network.set_both(viewer.node(), {.cut = true});
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 1min));
  call.network.set_both(viewer.node(), {});
  const auto before = viewer.frames.size();
  EXPECT_TRUE(call.network.run_until([&] { return viewer.frames.size() > before + 30; }, 10s));
  EXPECT_EQ(call.last<app::ViewerJoined>()->viewer, 1U);
}

TEST(Audience, SeesACardWhileTheHostIsPausedAndTheScreenAtOnceAfterwards) {
  SessionCall call(kAudienceSeed);
  auto& viewer = call.watch();
  EXPECT_FALSE(call.order(Pause{}));
  call.network.run_for(100ms);
  EXPECT_TRUE(call.source().is_covered());
  EXPECT_TRUE(call.source().is_playing());
  EXPECT_EQ(call.last<Paused>()->reason, "on request");
  const auto told = call.count<Paused>();
  const auto seen = viewer.frames.size();
  call.network.run_for(10s);
  EXPECT_GT(viewer.frames.size(), seen + 100) << "the card";
  const auto shared = call.count<Sharing>();
  EXPECT_FALSE(call.order(Resume{}));
  call.network.run_for(100ms);
  EXPECT_FALSE(call.source().is_covered());
  EXPECT_EQ(call.count<Sharing>(), shared + 1);
  EXPECT_EQ(call.count<Paused>(), told);
  EXPECT_EQ(viewer.count<tunnel::Reconnecting>(), 0U);
  EXPECT_EQ(viewer.order_error(), "");
}

TEST(Audience, ThatComesDuringAPauseSeesTheCard) {
  SessionCall call(kAudienceSeed);
  EXPECT_FALSE(call.order(Pause{}));
  call.network.run_for(100ms);
  EXPECT_FALSE(call.source().is_playing()) << "nobody watches";
  EXPECT_EQ(call.last<Paused>()->reason, "on request");
  const auto shared = call.count<Sharing>();
  auto& viewer = call.watch();
  EXPECT_FALSE(viewer.frames.empty());
  EXPECT_TRUE(call.source().is_covered());
  EXPECT_EQ(call.count<Sharing>(), shared) << "the screen is not shared yet";
  viewer.close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 5s));
  call.network.run_for(10s);
  EXPECT_FALSE(call.source().is_playing());
  EXPECT_TRUE(call.source().is_covered());
  EXPECT_EQ(call.last<Paused>()->reason, "on request");
}

TEST(Audience, OfAPassedThroughStreamSeesNothingNewInAPauseAndAKeyframeFirstAfterwards) {
  SessionCall call(kAudienceSeed, {.is_encoded_here = false});
  auto& viewer = call.watch();
  call.network.run_for(1s);
  EXPECT_FALSE(call.order(Pause{}));
  call.network.run_for(100ms);
  EXPECT_FALSE(call.source().is_playing());
  EXPECT_FALSE(call.source().is_covered());
  EXPECT_EQ(call.last<Paused>()->reason, "on request");
  const auto seen = viewer.frames.size();
  // What was on its way from the source's threads when it was told to rest.
  call.session().on_frame(make_frame(call.source().group(), seen, 3000, call.network.now()));
  call.request_keyframe(viewer);
  call.network.run_for(5min);
  EXPECT_EQ(viewer.frames.size(), seen);
  EXPECT_EQ(viewer.count<tunnel::Reconnecting>(), 0U);
  const auto shared = call.count<Sharing>();
  EXPECT_FALSE(call.order(Resume{}));
  call.network.run_for(1s);
  EXPECT_EQ(call.count<Sharing>(), shared + 1);
  ASSERT_GT(viewer.frames.size(), seen);
  EXPECT_EQ(viewer.frames[seen].index, 0U);
  EXPECT_TRUE(viewer.frames[seen].after_gap);
  EXPECT_LT(viewer.frames[seen].lag, 50ms);
  EXPECT_EQ(viewer.order_error(), "");
}

TEST(Audience, OfAPassedThroughStreamComesAndGoesWithoutEndingAPause) {
  SessionCall call(kAudienceSeed, {.is_encoded_here = false});
  EXPECT_FALSE(call.order(Pause{}));
  const auto before = call.source().frames();
  auto& early = call.join();
  ASSERT_TRUE(call.until<app::ViewerJoined>(1, 5s));
  call.network.run_for(10s);
  early.close("done");
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 5s));
  call.network.run_for(10s);
  auto& late = call.join();
  ASSERT_TRUE(call.until<app::ViewerJoined>(2, 5s));
  call.network.run_for(10s);
  EXPECT_EQ(call.source().frames(), before);
  EXPECT_FALSE(call.order(Resume{}));
  EXPECT_TRUE(call.network.run_until([&] { return !late.frames.empty(); }, 1s));
}

TEST(Audience, IsStillWaitedForWhenAPauseEndsWithNobodyThere) {
  SessionCall call(kAudienceSeed);
  EXPECT_FALSE(call.order(Pause{}));
  EXPECT_FALSE(call.order(Resume{}));
  call.network.run_for(1s);
  EXPECT_FALSE(call.source().is_playing());
  EXPECT_EQ(call.last<Paused>()->reason, "no viewers");
}

/// A host that lets so many in, and one who watches all the time. Two are what a host lets in by itself.
class Storm : public testing::TestWithParam<std::size_t> {
 protected:
  static constexpr int kGuests = 50;

  Storm() {
    call_.network.run_for(2s);
    seen_ = steady_.frames.size();
    made_ = call_.source().frames();
  }

  void expect_steady_picture() {
    EXPECT_EQ(steady_.order_error(), "");
    EXPECT_EQ(steady_.skipped_groups(), 0U);
    EXPECT_EQ(steady_.damaged, 0U);
    EXPECT_EQ(steady_.count<tunnel::Reconnecting>(), 0U);
    EXPECT_NEAR(static_cast<double>(steady_.frames.size() - seen_),
                static_cast<double>(call_.source().frames() - made_), 3);
    EXPECT_LT(steady_.lag_at(1, seen_), 60ms);
  }

  SessionCall call_{kAudienceSeed, {.max_viewers = GetParam()}};
  SimViewer& steady_ = call_.watch();

 private:
  std::size_t seen_ = 0;
  std::size_t made_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Limits, Storm, testing::Values(app::HostOptions{}.max_viewers, 10U));

/// One more every tenth of a second, and the one before leaves.
TEST_P(Storm, OfFiftyThatComeAndGoInFiveSecondsLeavesTheOthersPictureUntouched) {
  const auto forced = call_.source().forced();
  for (int guest = 0; guest < kGuests; ++guest) {
    auto& viewer = call_.join();
    call_.network.run_for(100ms);
    viewer.close("done");
  }
  ASSERT_TRUE(call_.until<app::ViewerLeft>(kGuests, 5s));
  EXPECT_EQ(call_.count<app::ViewerJoined>(), kGuests + 1U);
  call_.network.run_for(1s);
  expect_steady_picture();
  EXPECT_LT(call_.source().forced() - forced, kGuests / 2U) << "keyframes for guests cost the others bits";
  EXPECT_EQ(call_.count<Paused>(), 1U) << "it went on all the time";
}

/// They all stay, or try to.
TEST_P(Storm, OfFiftyThatComeInFiveSecondsLeavesTheOthersPictureUntouched) {
  std::vector<SimViewer*> guests;
  for (int guest = 0; guest < kGuests; ++guest) {
    guests.push_back(&call_.join());
    call_.network.run_for(100ms);
  }
  call_.network.run_for(1s);
  EXPECT_EQ(call_.count<app::ViewerJoined>(), GetParam());
  EXPECT_EQ(std::ranges::count_if(
                guests, [](auto* one) { return one->template count<tunnel::RefusedByHost>() == 1; }),
            kGuests + 1 - static_cast<int>(GetParam()));
  expect_steady_picture();
}

TEST(Audience, IsToldWhyTheHostStops) {
  SessionCall call(kAudienceSeed);
  auto& viewer = call.watch();
  EXPECT_FALSE(call.order(Stop{"that is all"}));
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<tunnel::HostLeft>() == 1; }, 1s));
  EXPECT_EQ(viewer.last<tunnel::HostLeft>()->reason, "that is all");
  EXPECT_EQ(call.session().exit_code(), ExitCode::kDone);
  EXPECT_TRUE(call.order(Lock{})) << "it has ended";
}

}  // namespace
}  // namespace pixelpass::sim
