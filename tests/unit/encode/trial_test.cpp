#include "encode/trial.hpp"

#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace std::chrono_literals;

TEST(Trial, TheFirstOutcomeCounts) {
  Trial trial;
  EXPECT_FALSE(trial.is_over());
  EXPECT_TRUE(trial.settle(Error{"no GPU", "buy one"}));
  EXPECT_TRUE(trial.is_over());
  EXPECT_FALSE(trial.settle(std::nullopt));
  const auto error = trial.wait(0ms, {});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->what, "no GPU");
}

TEST(Trial, APictureIsNoError) {
  Trial trial;
  EXPECT_TRUE(trial.settle(std::nullopt));
  EXPECT_FALSE(trial.wait(0ms, {}));
}

TEST(Trial, NoPictureInTimeIsAnError) {
  Trial trial;
  const auto error = trial.wait(1ms, {});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code, ExitCode::kCouldNotStart);
}

TEST(Trial, AnOutcomeThatIsThereCountsMoreThanAWishToStop) {
  std::stop_source stop;
  stop.request_stop();
  Trial trial;
  const auto given_up = trial.wait(1h, stop.get_token());
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->exit_code, ExitCode::kInterrupted);
  trial.settle(std::nullopt);
  EXPECT_FALSE(trial.wait(1h, stop.get_token()));
}

}  // namespace
}  // namespace pixelpass::encode
