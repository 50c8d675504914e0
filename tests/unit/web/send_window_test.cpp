#include "web/send_window.hpp"

#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

class SendWindowTest : public testing::Test {
 protected:
  /// A tenth of a second later; the round trip takes 40 ms without a queue.
  void tell(Duration queue, bool is_full = true) {
    now_ += 100ms;
    if (is_full) window_.note_full();
    window_.update({.latest_rtt = 40ms + queue, .min_rtt = 40ms}, now_);
  }

  SendWindow window_;
  Instant now_{1h};
};

TEST_F(SendWindowTest, GrowsWhileMoreIsThereAndNothingQueues) {
  const auto first = window_.bytes();
  tell(10ms, false);
  EXPECT_EQ(window_.bytes(), first) << "nothing waited";
  tell(10ms);
  EXPECT_GT(window_.bytes(), first * 4 / 3);
  tell(100ms);
  const auto enough = window_.bytes();
  tell(100ms);
  EXPECT_EQ(window_.bytes(), enough) << "the line is in use";
}

TEST_F(SendWindowTest, ShrinksOnceARoundTripWhileTheQueueIsLong) {
  for (int i = 0; i < 5; ++i) tell(10ms);
  const auto large = window_.bytes();
  for (int i = 0; i < 3; ++i) tell(300ms);
  EXPECT_EQ(window_.bytes(), large) << "what it is has not been seen to work yet";
  tell(300ms);
  const auto less = window_.bytes();
  EXPECT_LT(less, large * 4 / 5);
  for (int i = 0; i < 3; ++i) tell(300ms);
  EXPECT_EQ(window_.bytes(), less);
  tell(300ms);
  EXPECT_LT(window_.bytes(), less * 4 / 5);
}

TEST_F(SendWindowTest, HasAnUpperEndAndALower) {
  for (int i = 0; i < 100; ++i) tell(0ms);
  EXPECT_EQ(window_.bytes(), SendWindow::kMostBytes);
  for (int i = 0; i < 1'000; ++i) tell(5s);
  EXPECT_EQ(window_.bytes(), SendWindow::kLeastBytes);
}

}  // namespace
}  // namespace pixelpass::web
