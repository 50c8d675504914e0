#include "tunnel/link_watch.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

using namespace std::chrono_literals;

class LinkWatchTest : public ::testing::Test {
 protected:
  Instant now_{1h};
  LinkWatch watch_{now_};

  /// A pong every second that says how far the host's media is.
  void pongs(int seconds, const std::optional<wire::MediaPosition>& newest) {
    for (int i = 0; i < seconds; ++i) watch_.on_pong(newest, now_ += 1s);
  }
};

TEST_F(LinkWatchTest, ComplainsOfSilence) {
  watch_.begin(now_);
  EXPECT_EQ(watch_.complaint(now_ + 2999ms), nullptr);
  EXPECT_STREQ(watch_.complaint(now_ + 3s), "the host has gone silent");
  watch_.on_pong({}, now_ + 3s);
  EXPECT_EQ(watch_.complaint(now_ + 3s), nullptr);
}

TEST_F(LinkWatchTest, ComplainsOfSilenceSoonerWithASpare) {
  watch_.begin(now_);
  now_ += 2s;
  watch_.set_spare(true, 50ms, now_);
  EXPECT_EQ(watch_.complaint(now_ + 1299ms), nullptr);
  EXPECT_NE(watch_.complaint(now_ + 1300ms), nullptr);
  watch_.set_spare(true, 10s, now_);
  EXPECT_EQ(watch_.complaint(now_ + 2999ms), nullptr);
  EXPECT_NE(watch_.complaint(now_ + 3s), nullptr);
  watch_.set_spare(false, 50ms, now_);
  EXPECT_EQ(watch_.complaint(now_ + 2999ms), nullptr);
}

TEST_F(LinkWatchTest, ComplainsOfPicturesThatDoNotComeAlthoughPongsDo) {
  watch_.begin(now_);
  watch_.on_frame(1, 0, true, now_);
  pongs(10, wire::MediaPosition{1, 1});
  EXPECT_EQ(watch_.complaint(now_), nullptr);
  pongs(4, wire::MediaPosition{2, 1});
  EXPECT_NE(watch_.complaint(now_), nullptr);
}

TEST_F(LinkWatchTest, DoesNotTakeFramesOverAnotherLinkForLife) {
  watch_.begin(now_);
  watch_.on_frame(1, 0, false, now_ + 2s);
  EXPECT_NE(watch_.complaint(now_ + 3s), nullptr);
  EXPECT_FALSE(watch_.brings_media(now_ + 2s));
  watch_.on_frame(1, 1, true, now_ + 3s);
  EXPECT_EQ(watch_.complaint(now_ + 3s), nullptr);
  EXPECT_TRUE(watch_.brings_media(now_ + 3s));
}

TEST_F(LinkWatchTest, ComplainsOnceUntilALinkIsBack) {
  watch_.begin(now_);
  watch_.end();
  EXPECT_EQ(watch_.complaint(now_ + 1min), nullptr);
  watch_.begin(now_ + 1min);
  EXPECT_NE(watch_.complaint(now_ + 1min + 3s), nullptr);
}

TEST_F(LinkWatchTest, PingsOnceASecondButFasterAtFirstAndWhileTheLinkIsAway) {
  const auto pings = [this](Duration for_so_long) {
    int count = 0;
    for (const auto until = now_ + for_so_long; now_ < until; now_ += 10ms)
      if (watch_.take_ping(now_)) ++count;
    return count;
  };
  watch_.begin(now_);
  EXPECT_EQ(pings(10s), 14);
  watch_.end();
  pings(1s);
  EXPECT_EQ(pings(10s), 100);
}

TEST_F(LinkWatchTest, WantsToBeAskedWhenItIsDue) {
  watch_.begin(now_);
  EXPECT_EQ(watch_.next_timeout(), now_ + 100ms);
  while (watch_.next_timeout() < now_ + 2500ms) ASSERT_TRUE(watch_.take_ping(watch_.next_timeout()));
  EXPECT_EQ(watch_.next_timeout(), now_ + 2500ms);
  ASSERT_TRUE(watch_.take_ping(now_ + 2500ms));
  EXPECT_EQ(watch_.next_timeout(), now_ + 3s);
}

}  // namespace
}  // namespace pixelpass::tunnel
