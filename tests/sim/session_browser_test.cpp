#include "pixelpass/mpegts/ts_writer.hpp"

#include "session_call.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace app::command;

constexpr std::uint64_t kBrowserSeed = 31;

TEST(BrowsersOfASession, WakeTheSourceAndSeeWhatItMakes) {
  SessionCall call(kBrowserSeed);
  const BrowserIdentity certificate;
  EXPECT_FALSE(call.source().is_playing());
  auto& browser = call.browse(certificate);
  ASSERT_TRUE(call.sees_pictures(browser));
  EXPECT_TRUE(call.source().is_playing());
  ASSERT_EQ(call.count<app::ViewerJoined>(), 1u);
  EXPECT_EQ(call.last<app::ViewerJoined>()->name, "Firefox");
  browser.say_goodbye();
  ASSERT_TRUE(call.until<app::ViewerLeft>(1, 3s));
  EXPECT_TRUE(call.network.run_until([&] { return !call.source().is_playing(); }, 5s));
}

TEST(BrowsersOfASession, HaveSoundMadeForThemWhileOneListens) {
  SessionCall call(kBrowserSeed);
  call.watch();
  EXPECT_FALSE(call.source().makes_opus());
  const BrowserIdentity certificate;
  auto& browser = call.browse(certificate);
  ASSERT_TRUE(call.network.run_until([&] { return browser.audio_packets > 0; }, 5s));
  browser.say_goodbye();
  EXPECT_TRUE(call.network.run_until([&] { return !call.source().makes_opus(); }, 5s));
}

TEST(BrowsersOfASession, TakePlacesOfTheSameAudience) {
  SessionCall call(kBrowserSeed, {.max_viewers = 2});
  const BrowserIdentity one;
  const BrowserIdentity other;
  ASSERT_TRUE(call.sees_pictures(call.browse(one)));
  ASSERT_FALSE(call.watch().frames.empty());
  EXPECT_EQ(call.last<app::ViewerJoined>()->viewer, 2u);
  EXPECT_FALSE(call.sees_pictures(call.browse(other)));
  EXPECT_EQ(call.count<app::ViewerJoined>(), 2u);
}

TEST(BrowsersOfASession, AreKeptOutByALock) {
  SessionCall call(kBrowserSeed);
  ASSERT_FALSE(call.order(Lock{}));
  const BrowserIdentity certificate;
  EXPECT_FALSE(call.sees_pictures(call.browse(certificate)));
  ASSERT_FALSE(call.order(Unlock{}));
  EXPECT_TRUE(call.sees_pictures(call.browse(certificate)));
}

TEST(BrowsersOfASession, DoNotComeBackOnceTheyAreSentAway) {
  SessionCall call(kBrowserSeed);
  const BrowserIdentity certificate;
  auto& browser = call.browse(certificate);
  ASSERT_TRUE(call.sees_pictures(browser));
  ASSERT_FALSE(call.order(Kick{1}));
  EXPECT_TRUE(call.network.run_until([&] { return browser.has_heard_goodbye(); }, 3s));
  EXPECT_EQ(call.count<app::ViewerLeft>(), 1u);
  EXPECT_FALSE(call.sees_pictures(call.browse(certificate)));
}

TEST(BrowsersOfASession, StayWhenThereIsANewTicketWhichOthersNeed) {
  SessionCall call(kBrowserSeed);
  const auto old = call.ticket();
  const BrowserIdentity first;
  const BrowserIdentity second;
  auto& browser = call.browse(first);
  ASSERT_TRUE(call.sees_pictures(browser));
  call.renew_ticket();
  EXPECT_TRUE(call.sees_pictures(browser));
  EXPECT_FALSE(call.sees_pictures(call.browse(second, old)));
  EXPECT_TRUE(call.sees_pictures(call.browse(second)));
}

TEST(BrowsersOfASession, StandInTheStatistics) {
  SessionCall call(kBrowserSeed);
  const BrowserIdentity certificate;
  ASSERT_TRUE(call.sees_pictures(call.browse(certificate)));
  call.network.run_for(3s);
  const auto* stats = call.last<app::HostStats>();
  ASSERT_TRUE(stats);
  ASSERT_EQ(stats->viewers.size(), 1u);
  EXPECT_EQ(stats->viewers[0].viewer, 1u);
  EXPECT_GT(stats->viewers[0].bitrate_bps, 100'000);
}

TEST(BrowsersOfASession, HearItsEnd) {
  SessionCall call(kBrowserSeed);
  const BrowserIdentity certificate;
  auto& browser = call.browse(certificate);
  ASSERT_TRUE(call.sees_pictures(browser));
  ASSERT_FALSE(call.order(Stop{"enough"}));
  EXPECT_TRUE(call.network.run_until([&] { return browser.has_heard_goodbye(); }, 1s));
}

TEST(BrowsersOfASession, GetNoAnswerWhereTheyAreNotWanted) {
  SessionCall call(kBrowserSeed, {.is_web_on = false});
  const BrowserIdentity certificate;
  auto& browser = call.browse(certificate);
  call.network.run_for(3s);
  EXPECT_EQ(browser.heard_bytes, 0u);
  EXPECT_FALSE(call.watch().frames.empty());
}

TEST(BrowsersOfASession, SeeThePicturesOfAStreamThatOthersHaveMuxed) {
  SessionCall call(kBrowserSeed, {.is_encoded_here = false});
  call.source().give_nothing();
  const BrowserIdentity certificate;
  auto& browser = call.browse(certificate);
  mpegts::TsWriter writer({.video = true, .audio = true});
  const Bytes keyframe{0, 0, 0, 1, 9,    0xF0, 0, 0, 0, 1, 0x67, 1, 2,
                       0, 0, 0, 1, 0x68, 3,    0, 0, 0, 1, 0x65, 4, 5};
  ASSERT_TRUE(call.network.run_until([&] { return browser.is_connected(); }, 3s));
  for (int i = 0; i < 10 && browser.pictures().empty(); ++i) {
    call.session().on_frame(writer.write({.bytes = SharedBytes::copy_of(keyframe),
                                          .kind = AccessUnit::Kind::kVideo,
                                          .pts = i * 40ms,
                                          .captured_at = call.network.now(),
                                          .keyframe = true}));
    call.touch();
    call.network.run_for(40ms);
  }
  ASSERT_FALSE(browser.pictures().empty());
  EXPECT_EQ(call.count<app::Notice>(), 0u);
  EXPECT_EQ(browser.audio_packets, 0u);
  call.session().on_unit({.bytes = SharedBytes::adopt(Bytes(120, 7)),
                          .kind = AccessUnit::Kind::kOpus,
                          .pts = 400ms,
                          .captured_at = call.network.now()},
                         call.network.now());
  call.touch();
  call.network.run_for(40ms);
  EXPECT_EQ(browser.audio_packets, 1u) << "which the source makes of the stream's own";
}

/// A stream that somebody else has muxed, whose keyframes are far apart.
class PassedThrough {
 public:
  explicit PassedThrough(SessionCall& call) : call_(call) { call.source().give_nothing(); }

  void show(bool keyframe, std::size_t bytes = 2'000) {
    Bytes picture{0, 0, 0, 1, 9, 0xF0};
    if (keyframe) picture.insert(picture.end(), {0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 4});
    picture.insert(picture.end(), {0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)});
    picture.resize(picture.size() + bytes, 9);
    call_.session().on_frame(writer_.write({.bytes = SharedBytes::adopt(std::move(picture)),
                                            .kind = AccessUnit::Kind::kVideo,
                                            .pts = call_.network.now() - Instant(1h),
                                            .captured_at = call_.network.now(),
                                            .keyframe = keyframe}));
    call_.touch();
    call_.network.run_for(40ms);
  }

 private:
  SessionCall& call_;
  mpegts::TsWriter writer_{{.video = true}};
};

TEST(BrowsersOfASession, ThatJoinAStreamOfOthersNeedNotWaitForItsNextKeyframe) {
  SessionCall call(kBrowserSeed, {.is_encoded_here = false});
  PassedThrough stream(call);
  for (int i = 0; i < 10; ++i) stream.show(i == 0);
  const BrowserIdentity first;
  auto& browser = call.browse(first);
  EXPECT_TRUE(call.network.run_until([&] { return browser.pictures().size() == 10; }, 2s));
  for (int i = 0; i < 5; ++i) stream.show(false);
  EXPECT_EQ(browser.pictures().size(), 15u);
  const BrowserIdentity second;
  auto& late = call.browse(second);
  EXPECT_TRUE(call.network.run_until([&] { return late.pictures().size() == 15; }, 2s));
  for (int i = 0; i < 5; ++i) stream.show(false);
  EXPECT_EQ(late.pictures().size(), 20u);
  EXPECT_EQ(browser.pictures().size(), 20u) << "which the others have seen once";
}

TEST(BrowsersOfASession, ThatJoinALargeGroupSeeItsKeyframeAndGoOnWithTheNext) {
  SessionCall call(kBrowserSeed, {.is_encoded_here = false});
  PassedThrough stream(call);
  for (int i = 0; i < 30; ++i) stream.show(i == 0, 50'000);
  const BrowserIdentity certificate;
  auto& browser = call.browse(certificate);
  EXPECT_TRUE(call.network.run_until([&] { return browser.pictures().size() == 1; }, 2s));
  for (int i = 0; i < 5; ++i) stream.show(false);
  EXPECT_EQ(browser.pictures().size(), 1u);
  for (int i = 0; i < 5; ++i) stream.show(i == 0);
  EXPECT_EQ(browser.pictures().size(), 6u);
}

}  // namespace
}  // namespace pixelpass::sim
