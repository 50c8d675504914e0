#include "encode/picture_schedule.hpp"

#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using Picture = FramePacer::Picture;

constexpr Instant kScheduleStart{1000s};
constexpr auto kDark = PictureSchedule::kDarkAfter;

class PictureScheduleTest : public testing::Test {
 protected:
  PictureScheduleTest() { schedule_.begin(kScheduleStart); }

  PictureSchedule schedule_{30, kScheduleStart - 1s};
};

TEST_F(PictureScheduleTest, AScreenWithoutAPictureIsDarkAfterAWhile) {
  EXPECT_EQ(schedule_.next(kScheduleStart).picture, Picture::kNone);
  EXPECT_EQ(schedule_.next_timeout(), kScheduleStart + kDark);
  const auto step = schedule_.next(kScheduleStart + kDark);
  EXPECT_EQ(step.picture, Picture::kLast);
  EXPECT_TRUE(step.keyframe);
}

TEST_F(PictureScheduleTest, APictureThatComesBeforeThatIsTheFirst) {
  schedule_.on_picture(kScheduleStart + 1ms);
  const auto step = schedule_.next(kScheduleStart + 1ms);
  EXPECT_EQ(step.picture, Picture::kNewest);
  EXPECT_TRUE(step.keyframe);
  EXPECT_LT(schedule_.next_timeout(), kScheduleStart + kDark) << "it is repeated";
  EXPECT_FALSE(schedule_.next(kScheduleStart + kDark).keyframe) << "no dark one after it";
}

TEST_F(PictureScheduleTest, ItsLastPictureIsThereAtOnceAfterAPause) {
  schedule_.on_picture(kScheduleStart);
  schedule_.next(kScheduleStart);
  schedule_.begin(kScheduleStart + 10s);
  const auto step = schedule_.next(kScheduleStart + 10s);
  EXPECT_EQ(step.picture, Picture::kLast);
  EXPECT_TRUE(step.keyframe);
}

TEST_F(PictureScheduleTest, AnotherPictureInItsPlaceIsThereAtOnceAndNothingDarkAfterIt) {
  schedule_.on_picture(kScheduleStart);
  schedule_.on_replaced(kScheduleStart + 1ms);
  const auto step = schedule_.next(kScheduleStart + 1ms);
  EXPECT_EQ(step.picture, Picture::kLast) << "the screen's that waited is not shown any more";
  EXPECT_TRUE(step.keyframe);
  EXPECT_FALSE(schedule_.next(kScheduleStart + kDark).keyframe);
}

TEST_F(PictureScheduleTest, ACardStandsInForAScreenThatHasGivenNothingYet) {
  schedule_.begin(kScheduleStart);
  schedule_.on_replaced(kScheduleStart + 1ms);
  EXPECT_EQ(schedule_.next(kScheduleStart + 1ms).picture, Picture::kLast);
  EXPECT_FALSE(schedule_.next(kScheduleStart + kDark).keyframe) << "nothing dark follows";
}

/// Whoever joins is told from a picture's time whether it is older than the joining.
TEST_F(PictureScheduleTest, APictureHasTheTimeOfItsCaptureButNoneFromBeforeTheStart) {
  EXPECT_EQ(schedule_.stamp(kScheduleStart + 5ms, kScheduleStart + 8ms), kScheduleStart + 5ms);
  schedule_.begin(kScheduleStart + 10s);
  EXPECT_EQ(schedule_.stamp(kScheduleStart + 9s, kScheduleStart + 10s), kScheduleStart + 10s);
}

TEST_F(PictureScheduleTest, NoTwoPicturesHaveOneTimeAndNoneIsFromTheFuture) {
  const Instant first = schedule_.stamp(kScheduleStart + 3s, kScheduleStart + 1s);
  EXPECT_EQ(first, kScheduleStart + 1s);
  EXPECT_EQ(schedule_.stamp(kScheduleStart + 1s, kScheduleStart + 1s), first + PictureSchedule::kLeastApart);
}

}  // namespace
}  // namespace pixelpass::encode
