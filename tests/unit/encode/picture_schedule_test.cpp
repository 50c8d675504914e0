#include "encode/picture_schedule.hpp"

#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using Picture = FramePacer::Picture;

constexpr Instant kStart{1000s};
constexpr auto kDark = PictureSchedule::kDarkAfter;

class PictureScheduleTest : public testing::Test {
 protected:
  PictureScheduleTest() { schedule_.begin(kStart); }

  PictureSchedule schedule_{30, kStart - 1s};
};

TEST_F(PictureScheduleTest, AScreenWithoutAPictureIsDarkAfterAWhile) {
  EXPECT_EQ(schedule_.next(kStart).picture, Picture::kNone);
  EXPECT_EQ(schedule_.next_timeout(), kStart + kDark);
  const auto step = schedule_.next(kStart + kDark);
  EXPECT_EQ(step.picture, Picture::kLast);
  EXPECT_TRUE(step.keyframe);
}

TEST_F(PictureScheduleTest, APictureThatComesBeforeThatIsTheFirst) {
  schedule_.on_picture(kStart + 1ms);
  const auto step = schedule_.next(kStart + 1ms);
  EXPECT_EQ(step.picture, Picture::kNewest);
  EXPECT_TRUE(step.keyframe);
  EXPECT_LT(schedule_.next_timeout(), kStart + kDark) << "it is repeated";
  EXPECT_FALSE(schedule_.next(kStart + kDark).keyframe) << "no dark one after it";
}

TEST_F(PictureScheduleTest, ItsLastPictureIsThereAtOnceAfterAPause) {
  schedule_.on_picture(kStart);
  schedule_.next(kStart);
  schedule_.begin(kStart + 10s);
  const auto step = schedule_.next(kStart + 10s);
  EXPECT_EQ(step.picture, Picture::kLast);
  EXPECT_TRUE(step.keyframe);
}

/// Whoever joins is told from a picture's time whether it is older than the joining.
TEST_F(PictureScheduleTest, APictureHasTheTimeOfItsCaptureButNoneFromBeforeTheStart) {
  EXPECT_EQ(schedule_.stamp(kStart + 5ms, kStart + 8ms), kStart + 5ms);
  schedule_.begin(kStart + 10s);
  EXPECT_EQ(schedule_.stamp(kStart + 9s, kStart + 10s), kStart + 10s);
}

TEST_F(PictureScheduleTest, NoTwoPicturesHaveOneTimeAndNoneIsFromTheFuture) {
  const Instant first = schedule_.stamp(kStart + 3s, kStart + 1s);
  EXPECT_EQ(first, kStart + 1s);
  EXPECT_EQ(schedule_.stamp(kStart + 1s, kStart + 1s), first + PictureSchedule::kLeastApart);
}

}  // namespace
}  // namespace pixelpass::encode
