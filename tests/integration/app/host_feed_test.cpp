#include "app/host/host_feed.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include "engine_socket.hpp"
#include "event_reader.hpp"
#include "run_until.hpp"
#include "sharing_session.hpp"
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

/// What a source gives to a session that an engine has play.
class HostFeedTest : public testing::Test {
 protected:
  HostFeedTest() {
    sharing_.session.on_published({.count = 1, .want_units = true}, Clock::now());
    sharing_.drain();
  }
  static AccessUnit picture() {
    return {.bytes = SharedBytes::adopt(Bytes{0, 0, 0, 1, 0x65, 1, 2, 3}),
            .kind = AccessUnit::Kind::kVideo,
            .pts = 1s,
            .captured_at = Clock::now(),
            .keyframe = true};
  }
  Frame frame() { return writer_.write(picture()); }

  boost::asio::io_context io_;
  test::EngineSocket engine_{io_};
  HostOptions options_ = [this] {
    auto options = local_options();
    options.publish = {engine_.target()};
    return options;
  }();
  int units_ = 0;
  SharingSession sharing_{options_, [this](const AccessUnit&) { ++units_; }};
  EventReader events_;
  Publishers publishers_{io_, options_, sharing_.session, events_, [] {}};
  int wakes_ = 0;
  std::uint64_t frames_at_wake_ = 0;
  HostInput::Handlers feed_ = feed(sharing_.session, publishers_, events_, [this] {
    ++wakes_;
    frames_at_wake_ = sharing_.session.broadcast().counters().frames;
  });
  mpegts::TsWriter writer_{{.video = true, .audio = false}};
};

TEST_F(HostFeedTest, AFrameIsInTheBroadcastWhenTheDriverWakes) {
  feed_.on_frame(frame());
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(frames_at_wake_, 1U);
}

TEST_F(HostFeedTest, AFrameGoesOnToTheEngines) {
  publishers_.start();
  ASSERT_TRUE(test::run_until(io_, [&] { return events_.last<Publishing>() != nullptr; }));
  feed_.on_frame(frame());
  EXPECT_TRUE(test::run_until(io_, [&] { return engine_.bytes() > 0; }));
}

TEST_F(HostFeedTest, AUnitGoesToThoseWhoTakeNoFrames) {
  feed_.on_unit(picture());
  EXPECT_EQ(units_, 1);
  EXPECT_EQ(wakes_, 1);
}

TEST_F(HostFeedTest, WhatTheSourceSaysOfItsPictureIsTheSessionsToTell) {
  StreamDescription turned;
  turned.width = 1080;
  feed_.on_described(turned);
  sharing_.drain();
  ASSERT_TRUE(sharing_.last<Sharing>());
  EXPECT_EQ(sharing_.last<Sharing>()->stream.width, 1080);
  feed_.on_hidden("locked");
  sharing_.drain();
  ASSERT_TRUE(sharing_.last<Paused>());
  EXPECT_EQ(sharing_.last<Paused>()->reason, "locked");
  EXPECT_EQ(wakes_, 2);
}

TEST_F(HostFeedTest, ASourceThatFailsEndsTheSession) {
  feed_.on_ended({"the screen is gone", "", ExitCode::kCouldNotStart});
  EXPECT_EQ(sharing_.session.exit_code(), ExitCode::kCouldNotStart);
  EXPECT_EQ(wakes_, 1) << "the goodbye leaves";
}

TEST_F(HostFeedTest, ANoticeIsForPeopleAndWakesNobody) {
  feed_.on_notice({"no sound is shared", ""});
  ASSERT_TRUE(events_.last<Notice>());
  EXPECT_EQ(events_.last<Notice>()->what, "no sound is shared");
  EXPECT_EQ(wakes_, 0);
}

}  // namespace
}  // namespace pixelpass::app
