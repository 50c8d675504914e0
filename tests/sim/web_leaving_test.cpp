#include "web_fixture.hpp"

namespace pixelpass::sim {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using tunnel::SessionClosed;
using tunnel::SessionOpened;
using web::ByeReason;

class WebLeaving : public WebTest {
 protected:
  /// Whose events were not counted yet.
  [[nodiscard]] std::string left_because() const {
    const auto left = all<SessionClosed>();
    return left.size() == 1 ? left[0].reason : std::to_string(left.size()) + " have left";
  }
};

TEST_F(WebLeaving, WhoSaysGoodbyeHasLeft) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  tab->say_goodbye();
  network.touch(tab.node);
  show_for(200ms);
  EXPECT_EQ(left_because(), "the browser has closed it");
  EXPECT_THAT(door.inside, IsEmpty());
  EXPECT_EQ(host.viewer_count(), 0U);
  EXPECT_FALSE(host.wants_opus());
}

TEST_F(WebLeaving, WhoSaysByeByRtcpHasLeft) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  tab->say_rtcp_bye();
  network.touch(tab.node);
  show_for(200ms);
  EXPECT_EQ(left_because(), "the browser has closed it");
}

TEST_F(WebLeaving, WhoIsNotHeardForEightSecondsHasLeft) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  show_for(2s);
  remove(tab);
  show_for(7s);
  EXPECT_FALSE(has_left());
  show_for(2s);
  EXPECT_EQ(left_because(), "nothing was heard");
  EXPECT_THAT(door.inside, IsEmpty());
}

TEST_F(WebLeaving, ABrowserThatReturnsTooLateIsNotAnsweredAsIfItWatched) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  show_for(1s);
  network.up(tab.node).cut = network.down(tab.node).cut = true;
  show_for(10s);
  ASSERT_TRUE(has_left());
  network.up(tab.node).cut = network.down(tab.node).cut = false;
  const auto before = tab->answers;
  show_for(8s);
  EXPECT_EQ(tab->answers, before) << "its page would wait for pictures";
  const auto again = open();
  EXPECT_TRUE(join(again));
  EXPECT_EQ(all<SessionOpened>().back().viewer, 1U);
}

TEST_F(WebLeaving, WhoIsKickedIsToldSoAndDoesNotComeBack) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  door.kicked.insert(1);
  host.kick(1, network.now());
  network.touch(host_node);
  network.run_for(50ms);
  const auto pictures = tab->pictures().size();
  show_for(300ms);
  EXPECT_EQ(tab->reason, ByeReason::kKicked);
  EXPECT_TRUE(tab->has_heard_goodbye());
  EXPECT_EQ(tab->pictures().size(), pictures);
  EXPECT_EQ(left_because(), "kicked");
  const auto again = open();
  show_for(2s);
  EXPECT_EQ(again->reason, ByeReason::kKicked);
  EXPECT_TRUE(again->has_heard_goodbye());
  EXPECT_THAT(again->pictures(), IsEmpty());
  EXPECT_THAT(all<SessionOpened>(), SizeIs(1));
}

TEST_F(WebLeaving, AGoodbyeThatWasLostIsSaidAgainToWhoIsStillThere) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  show_for(1s);
  network.down(tab.node).cut = true;
  host.kick(1, network.now());
  network.touch(host_node);
  show_for(1s);
  EXPECT_FALSE(tab->has_heard_goodbye());
  network.down(tab.node).cut = false;
  EXPECT_TRUE(show_until([&] { return tab->has_heard_goodbye(); }, 2s));
}

TEST_F(WebLeaving, KickingANumberThatIsNotHereChangesNothing) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  host.kick(2, network.now());
  show_for(1s);
  EXPECT_FALSE(has_left());
}

TEST_F(WebLeaving, WhoMayNotWatchIsToldWhyAndIsNoViewer) {
  using wire::RefusedReason;
  const std::vector<std::pair<RefusedReason, ByeReason>> reasons{
      {RefusedReason::kFull, ByeReason::kFull},
      {RefusedReason::kLocked, ByeReason::kLocked},
      {RefusedReason::kExpired, ByeReason::kExpired}};
  for (const auto& [refused, told] : reasons) {
    door.refuses = refused;
    const auto tab = open();
    EXPECT_TRUE(show_until([&] { return tab->has_heard_goodbye(); }, 2s));
    EXPECT_EQ(tab->reason, told);
    EXPECT_THAT(tab->pictures(), IsEmpty());
    remove(tab);
  }
  EXPECT_THAT(events, IsEmpty());
  door.refuses.reset();
  const auto tab = open();
  EXPECT_TRUE(join(tab));
}

TEST_F(WebLeaving, WhoTakesNoSoundIsToldWhyAllTheSame) {
  door.refuses = wire::RefusedReason::kLocked;
  for (const auto flags : {std::uint8_t{0}, std::uint8_t{1}}) {  // and whose pictures are wrapped
    auto settings = settings_of(identity);
    settings.hello.audio_type = 0;
    settings.hello.flags = flags;
    const auto tab = open(settings);
    EXPECT_TRUE(show_until([&] { return tab->has_heard_goodbye(); }, 2s));
    EXPECT_EQ(tab->reason, ByeReason::kLocked);
    remove(tab);
  }
}

TEST_F(WebLeaving, TheReasonIsHeardOverALineThatLosesATenth) {
  door.refuses = wire::RefusedReason::kFull;
  int connected = 0;
  for (int i = 0; i < 20; ++i) {
    const auto tab = open({.delay = 10ms, .loss = 0.1});
    show_until([&] { return tab->has_heard_goodbye(); }, 5s);
    remove(tab);
    if (!tab->is_connected()) continue;
    ++connected;
    EXPECT_EQ(tab->reason, ByeReason::kFull) << i;
  }
  EXPECT_GE(connected, 10);
}

TEST_F(WebLeaving, AHostThatEndsSaysSoInOneFlush) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  host.close("the host has ended", network.now());
  network.touch(host_node);
  network.run_for(100ms);
  EXPECT_EQ(tab->reason, ByeReason::kEnded);
  EXPECT_TRUE(tab->has_heard_goodbye());
  EXPECT_EQ(left_because(), "the host has ended");
  const auto late = open();
  show_for(2s);
  EXPECT_EQ(late->heard_bytes, 0U) << "nothing is accepted afterwards";
}

TEST_F(WebLeaving, WithoutH264BrowsersAreToldThatThereIsNone) {
  const auto watching = open();
  ASSERT_TRUE(join(watching));
  host.set_has_h264(false, network.now());
  network.touch(host_node);
  show_for(500ms);
  EXPECT_EQ(watching->reason, ByeReason::kNoH264);
  EXPECT_EQ(left_because(), "the source has no H.264");
  const auto late = open();
  show_for(1s);
  EXPECT_EQ(late->reason, ByeReason::kNoH264);
  host.set_has_h264(true, network.now());
  const auto again = open();
  EXPECT_TRUE(join(again));
}

}  // namespace
}  // namespace pixelpass::sim
