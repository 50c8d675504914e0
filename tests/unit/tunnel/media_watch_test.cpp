#include "tunnel/media_watch.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

constexpr Instant kWatchStart{1h};

TEST(MediaWatchTest, WaitsForNothingFromAHostWithoutPictures) {
  MediaWatch watch;
  EXPECT_TRUE(watch.on_pong(std::nullopt, kWatchStart));
  EXPECT_FALSE(watch.deadline());
}

TEST(MediaWatchTest, WaitsForNothingWhenThePictureStandsStill) {
  MediaWatch watch;
  watch.on_frame(7, 0);
  watch.on_frame(7, 1);
  EXPECT_TRUE(watch.on_pong(wire::MediaPosition{7, 2}, kWatchStart));
  EXPECT_FALSE(watch.deadline());
}

TEST(MediaWatchTest, CountsFromTheFirstPongThatSaysThatSomethingIsMissing) {
  MediaWatch watch;
  watch.on_frame(7, 1);
  EXPECT_FALSE(watch.on_pong(wire::MediaPosition{7, 3}, kWatchStart));
  EXPECT_FALSE(watch.on_pong(wire::MediaPosition{8, 1}, kWatchStart + 1s));
  EXPECT_EQ(watch.deadline(), kWatchStart + MediaWatch::kPatience);
}

TEST(MediaWatchTest, IsPatientWithALineThatBringsALargeFrameSlowly) {
  MediaWatch watch;
  watch.on_pong(wire::MediaPosition{7, 1}, kWatchStart);
  watch.on_bytes();
  EXPECT_FALSE(watch.deadline());
}

TEST(MediaWatchTest, TakesAnOlderGroupForNoProgressOfItsOwn) {
  MediaWatch watch;
  watch.on_frame(8, 5);
  watch.on_frame(7, 90);
  EXPECT_TRUE(watch.on_pong(wire::MediaPosition{8, 6}, kWatchStart));
}

}  // namespace
}  // namespace pixelpass::tunnel
