#include "tunnel/media_watch.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

constexpr Instant kStart{1h};

TEST(MediaWatchTest, WaitsForNothingFromAHostWithoutPictures) {
  MediaWatch watch;
  EXPECT_TRUE(watch.on_pong(std::nullopt, kStart));
  EXPECT_FALSE(watch.deadline());
}

TEST(MediaWatchTest, WaitsForNothingWhenThePictureStandsStill) {
  MediaWatch watch;
  watch.on_frame(7, 0);
  watch.on_frame(7, 1);
  EXPECT_TRUE(watch.on_pong(wire::MediaPosition{7, 2}, kStart));
  EXPECT_FALSE(watch.deadline());
}

TEST(MediaWatchTest, CountsFromTheFirstPongThatSaysThatSomethingIsMissing) {
  MediaWatch watch;
  watch.on_frame(7, 1);
  EXPECT_FALSE(watch.on_pong(wire::MediaPosition{7, 3}, kStart));
  EXPECT_FALSE(watch.on_pong(wire::MediaPosition{8, 1}, kStart + 1s));
  EXPECT_EQ(watch.deadline(), kStart + MediaWatch::kPatience);
}

TEST(MediaWatchTest, IsPatientWithALineThatBringsALargeFrameSlowly) {
  MediaWatch watch;
  watch.on_pong(wire::MediaPosition{7, 1}, kStart);
  watch.on_bytes();
  EXPECT_FALSE(watch.deadline());
}

TEST(MediaWatchTest, TakesAnOlderGroupForNoProgressOfItsOwn) {
  MediaWatch watch;
  watch.on_frame(8, 5);
  watch.on_frame(7, 90);
  EXPECT_TRUE(watch.on_pong(wire::MediaPosition{8, 6}, kStart));
}

}  // namespace
}  // namespace pixelpass::tunnel
