#include "web_fixture.hpp"

namespace pixelpass::sim {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using tunnel::SessionClosed;
using tunnel::SessionOpened;
using tunnel::ViewerMoved;

class WebSession : public WebTest {};

TEST_F(WebSession, ABrowserThatHasTheTicketSeesThePicturesBitForBit) {
  const auto tab = open();
  const auto began = network.now();
  ASSERT_TRUE(join(tab));
  EXPECT_LE(network.now() - began, 300ms);
  show_for(3s);
  const auto joined = all<SessionOpened>();
  ASSERT_THAT(joined, SizeIs(1));
  EXPECT_EQ(joined[0].viewer, 1U);
  EXPECT_EQ(joined[0].name, "Firefox");
  EXPECT_EQ(joined[0].path.remote, tab.address);
  const auto& shown = tab->pictures();
  ASSERT_GT(shown.size(), 80U);
  ASSERT_LE(shown.size(), sent.size());
  const auto first = sent.size() - shown.size();
  for (std::size_t i = 0; i < shown.size(); ++i) ASSERT_EQ(shown[i].bytes, sent[first + i]) << i;
  EXPECT_GT(tab->audio_packets, 80U);
  EXPECT_EQ(host.viewer_count(), 1U);
  EXPECT_TRUE(host.wants_opus());
}

TEST_F(WebSession, TwoBrowsersSeeTheSameOverDifferentLines) {
  const BrowserIdentity other;
  const auto near = open();
  const auto far = open(settings_of(other), {.delay = 80ms});
  ASSERT_TRUE(join(near));
  ASSERT_TRUE(join(far));
  show_for(2s);
  EXPECT_THAT(all<SessionOpened>(), SizeIs(2));
  EXPECT_EQ(host.viewer_count(), 2U);
  EXPECT_GT(near->pictures().size(), 55U);
  EXPECT_GT(far->pictures().size(), 50U);
}

TEST_F(WebSession, WhoTakesNoOpusNeedsNone) {
  auto settings = settings_of(identity);
  settings.hello.audio_type = 0;
  const auto tab = open(settings);
  ASSERT_TRUE(join(tab));
  EXPECT_FALSE(host.wants_opus());
  EXPECT_EQ(tab->audio_packets, 0U);
}

TEST_F(WebSession, OpusIsWantedAsLongAsOneWhoTakesItIsHere) {
  const BrowserIdentity other;
  auto silent = settings_of(other);
  silent.hello.audio_type = 0;
  const auto deaf = open(silent);
  const auto first = open();
  ASSERT_TRUE(join(deaf));
  ASSERT_TRUE(join(first));
  EXPECT_TRUE(host.wants_opus());
  const auto again = open();  // takes over from the first
  ASSERT_TRUE(join(again));
  EXPECT_TRUE(host.wants_opus());
  EXPECT_EQ(host.viewer_count(), 2U);
  auto without = settings_of(identity);
  without.hello.audio_type = 0;
  const auto quiet = open(without);  // and this one from that
  ASSERT_TRUE(join(quiet));
  EXPECT_FALSE(host.wants_opus());
  const auto loud = open();
  ASSERT_TRUE(join(loud));
  EXPECT_TRUE(host.wants_opus());
  host.kick(2, network.now());
  EXPECT_FALSE(host.wants_opus());
  EXPECT_EQ(host.viewer_count(), 1U);
}

TEST_F(WebSession, WhatAViewerIsAndHasGotIsTold) {
  const auto tab = open({.delay = 20ms});
  ASSERT_TRUE(join(tab));
  show_for(2s);
  const auto viewers = host.viewers();
  ASSERT_THAT(viewers, SizeIs(1));
  EXPECT_EQ(viewers[0].name, "Firefox");
  EXPECT_GT(viewers[0].bytes_sent, 600'000);
  EXPECT_NEAR(to_ms(viewers[0].rtt), 42, 3);
  EXPECT_NEAR(to_ms(viewers[0].lag), 21, 3);
  EXPECT_GT(viewers[0].line.acknowledged_bytes, 500'000U);
  EXPECT_TRUE(viewers[0].line.reported_at);
}

TEST_F(WebSession, ABrowserThatAsksForAKeyframeGetsOne) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  show_for(1s);
  const auto before = all<tunnel::KeyframeWanted>().size();
  tab->ask_for_keyframe();
  show_for(500ms);
  EXPECT_EQ(all<tunnel::KeyframeWanted>().size(), before + 1);
}

TEST_F(WebSession, ABlackOutOfFiveSecondsIsBorne) {
  const auto tab = open({.delay = 10ms});
  ASSERT_TRUE(join(tab));
  show_for(1s);
  network.up(tab.node).cut = network.down(tab.node).cut = true;
  show_for(5s);
  network.up(tab.node).cut = network.down(tab.node).cut = false;
  const auto before = tab->pictures().size();
  EXPECT_TRUE(show_until([&] { return tab->pictures().size() > before + 30; }, 4s));
  EXPECT_FALSE(has_left());
  EXPECT_THAT(all<SessionOpened>(), SizeIs(1));
}

TEST_F(WebSession, MediaFollowsABrowserToAnotherAddress) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  show_for(1s);
  const auto other = address_of(200);
  network.rebind(tab.node, other);
  const auto before = tab->pictures().size();
  EXPECT_TRUE(show_until([&] { return tab->pictures().size() > before + 30; }, 6s));
  const auto moved = all<ViewerMoved>();
  ASSERT_THAT(moved, SizeIs(1));
  EXPECT_EQ(moved[0].from.remote, tab.address);
  EXPECT_EQ(moved[0].to.remote, other);
  EXPECT_EQ(host.viewers()[0].path.remote, other);
  EXPECT_FALSE(has_left());
}

/// Chromium checks every two seconds, Firefox every five or six, and a page waits for pictures for three.
TEST_F(WebSession, MediaFollowsABrowserThatANatGivesAnotherPortBeforeItsNextCheck) {
  const auto tab = open({.delay = 20ms});
  ASSERT_TRUE(join(tab));
  const auto checked = tab->answers;
  ASSERT_TRUE(show_until([&] { return tab->answers > checked; }, 3s));
  const auto answers = tab->answers;
  auto other = tab.address;
  other.set_port(6000);
  network.rebind(tab.node, other);
  const auto before = tab->pictures().size();
  EXPECT_TRUE(show_until([&] { return tab->pictures().size() > before + 3; }, 1500ms));
  EXPECT_EQ(tab->answers, answers);
  show_for(5s);
  ASSERT_THAT(all<ViewerMoved>(), SizeIs(1));
  EXPECT_EQ(all<ViewerMoved>()[0].to.remote, other);
  EXPECT_EQ(host.counters().sessions, 1U) << "the same connection";
  EXPECT_THAT(all<SessionOpened>(), SizeIs(1));
  EXPECT_FALSE(has_left());
}

TEST_F(WebSession, AReconnectKeepsNumberAndWhatWasCounted) {
  const auto first = open();
  ASSERT_TRUE(join(first));
  show_for(1s);
  const auto bytes = host.viewers()[0].bytes_sent;
  first->fall_silent();
  const auto second = open();
  ASSERT_TRUE(join(second));
  EXPECT_THAT(all<SessionOpened>(), SizeIs(1));
  EXPECT_FALSE(has_left());
  ASSERT_THAT(host.viewers(), SizeIs(1));
  EXPECT_EQ(host.viewers()[0].viewer, 1U);
  EXPECT_GT(host.viewers()[0].bytes_sent, bytes);
  ASSERT_THAT(all<ViewerMoved>(), SizeIs(1));
  EXPECT_EQ(all<ViewerMoved>()[0].to.remote, second.address);
  show_for(12s);
  EXPECT_FALSE(has_left()) << "the first one's silence is nobody's";
}

TEST_F(WebSession, WhoIsLeftBehindIsToldSoAloneAndStillAfterAReconnect) {
  const auto other = open();
  ASSERT_TRUE(join(other));
  const BrowserIdentity certificate;
  const auto tab = open(settings_of(certificate));
  ASSERT_TRUE(join(tab));
  host.tell_left_behind(2, true);
  show_for(1s);
  EXPECT_TRUE(tab->is_left_behind);
  EXPECT_FALSE(other->is_left_behind);
  EXPECT_FALSE(tab->reason);
  remove(tab);
  const auto again = open(settings_of(certificate));
  ASSERT_TRUE(join(again));
  EXPECT_TRUE(show_until([&] { return again->is_left_behind; }, 1s));
  host.tell_left_behind(2, false);
  show_for(1s);
  EXPECT_FALSE(again->is_left_behind);
}

TEST_F(WebSession, WhoIsAwayWhenItIsOverIsNotToldOfItAnyMore) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  host.tell_left_behind(1, true);
  show_for(1s);
  remove(tab);
  ASSERT_TRUE(show_until([&] { return has_left(); }, 10s));
  host.tell_left_behind(1, false);
  const auto again = open();
  ASSERT_TRUE(join(again));
  show_for(1s);
  EXPECT_FALSE(again->is_left_behind);
}

TEST_F(WebSession, WithAnEarlierTicketOnlyWhoWasInWithItComesIn) {
  const auto watching = open();
  ASSERT_TRUE(join(watching));
  auto again = settings_of(identity);
  const BrowserIdentity other;
  auto stranger = settings_of(other);
  host.renew_secret({9, 9, 9});
  const auto late = open(stranger);
  show_for(3s);
  EXPECT_EQ(late->heard_bytes, 0U);
  EXPECT_FALSE(has_left()) << "who watches stays";
  watching->fall_silent();
  remove(late);
  const auto back = open(again);
  EXPECT_TRUE(join(back)) << "with the ticket that its page has";
  secret = {9, 9, 9};
  const auto fresh = open(settings_of(other));
  EXPECT_TRUE(join(fresh));
  EXPECT_THAT(all<SessionOpened>(), SizeIs(2));
}

TEST_F(WebSession, WhoHadNothingToReportOnForLongGetsTheFirstPictureAllTheSame) {
  const auto tab = open();
  tab->never_reports = true;
  network.run_for(15s);
  EXPECT_EQ(host.viewer_count(), 1U);
  EXPECT_TRUE(join(tab));
}

TEST_F(WebSession, WhoseReportsStopIsSentNoMorePicturesUntilTheyComeAgain) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  show_for(1s);
  tab->never_reports = true;
  show_for(4500ms);
  const auto heard = tab->heard_bytes;
  show_for(2s);
  EXPECT_LT(tab->heard_bytes, heard + 50'000) << "sound, and what it answers to";
  EXPECT_LT(host.viewers()[0].line.waiting_bytes, 50'000U);
  tab->never_reports = false;
  const auto asked = all<tunnel::KeyframeWanted>().size();
  show_for(1s);
  EXPECT_GT(tab->heard_bytes, heard + 200'000);
  EXPECT_GT(all<tunnel::KeyframeWanted>().size(), asked);
  EXPECT_LE(network.now() - tab->pictures().back().shown_at, 100ms);
  EXPECT_FALSE(has_left());
}

TEST_F(WebSession, AShareOfMoreThanADayGoesOn) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  network.slept += std::chrono::hours(25);
  show_for(10s);
  EXPECT_GT(tab->answers, 4U) << "a browser whose checks are not answered gives up";
  EXPECT_FALSE(has_left());
}

}  // namespace
}  // namespace pixelpass::sim
