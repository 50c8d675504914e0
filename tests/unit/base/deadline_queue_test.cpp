#include "pixelpass/base/deadline_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace pixelpass {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Sleeper final : DeadlineQueue<Sleeper>::Element {};

class DeadlineQueueTest : public ::testing::Test {
 protected:
  static constexpr Instant kNow{1h};
  Sleeper a_, b_, c_;
  DeadlineQueue<Sleeper> queue_;
};

TEST_F(DeadlineQueueTest, HasNothingToWaitForWhenEmpty) {
  EXPECT_EQ(queue_.next(), std::nullopt);
  EXPECT_THAT(queue_.take_due(Instant::max()), IsEmpty());
}

TEST_F(DeadlineQueueTest, TakesWhatIsDueTheEarliestFirst) {
  queue_.set(a_, kNow + 3s);
  queue_.set(b_, kNow + 1s);
  queue_.set(c_, kNow + 2s);
  EXPECT_EQ(queue_.next(), kNow + 1s);
  EXPECT_THAT(queue_.take_due(kNow + 1s - 1ns), IsEmpty());
  EXPECT_THAT(queue_.take_due(kNow + 2s), ElementsAre(&b_, &c_));
  EXPECT_EQ(queue_.next(), kNow + 3s);
  EXPECT_THAT(queue_.take_due(kNow + 3s), ElementsAre(&a_));
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(DeadlineQueueTest, TakesAllOfTheSameTimeTogether) {
  queue_.set(a_, kNow);
  queue_.set(b_, kNow);
  queue_.set(c_, kNow);
  EXPECT_THAT(queue_.take_due(kNow), UnorderedElementsAre(&a_, &b_, &c_));
  EXPECT_EQ(queue_.next(), std::nullopt);
}

TEST_F(DeadlineQueueTest, MovesADeadlineBothWays) {
  queue_.set(a_, kNow + 1s);
  queue_.set(b_, kNow + 2s);
  queue_.set(c_, kNow + 3s);
  queue_.set(a_, kNow + 4s);
  EXPECT_EQ(queue_.next(), kNow + 2s);
  queue_.set(c_, kNow);
  EXPECT_EQ(queue_.next(), kNow);
  EXPECT_EQ(queue_.size(), 3u);
  EXPECT_THAT(queue_.take_due(kNow + 4s), ElementsAre(&c_, &b_, &a_));
}

TEST_F(DeadlineQueueTest, ForgetsWhoIsRemoved) {
  queue_.set(a_, kNow);
  queue_.set(b_, kNow);
  queue_.remove(a_);
  queue_.remove(a_);
  queue_.remove(c_);
  EXPECT_THAT(queue_.take_due(kNow), ElementsAre(&b_));
}

TEST_F(DeadlineQueueTest, TakesOneBackThatWasTaken) {
  queue_.set(a_, kNow);
  ASSERT_THAT(queue_.take_due(kNow), ElementsAre(&a_));
  queue_.set(a_, kNow + 1s);
  EXPECT_EQ(queue_.next(), kNow + 1s);
}

/// Against a list that is looked through, over many sets, moves, removals and takings at random.
TEST_F(DeadlineQueueTest, KeepsOrderAmongManyThatChange) {
  std::mt19937 random(1);
  std::array<Sleeper, 200> sleepers;
  std::map<Sleeper*, Instant> model;
  const auto earliest = [&]() -> std::optional<Instant> {
    std::optional<Instant> next;
    for (const auto& [sleeper, at] : model)
      if (!next || at < *next) next = at;
    return next;
  };
  for (int i = 0; i < 20'000; ++i) {
    auto& one = sleepers[random() % sleepers.size()];
    if (random() % 4 == 0) {
      queue_.remove(one);
      model.erase(&one);
    } else {
      const auto at = kNow + Duration(random() % 1000);  // few enough that many are the same
      queue_.set(one, at);
      model[&one] = at;
    }
    ASSERT_EQ(queue_.next(), earliest());
    if (random() % 50 != 0) continue;
    const auto now = kNow + Duration(random() % 300);
    auto before = Instant::min();
    for (auto* due : queue_.take_due(now)) {
      ASSERT_TRUE(model.contains(due));
      EXPECT_LE(before, model[due]);
      before = model[due];
      EXPECT_LE(before, now);
      model.erase(due);
    }
    for (const auto& [sleeper, at] : model) EXPECT_GT(at, now);
    ASSERT_EQ(queue_.size(), model.size());
  }
}

}  // namespace
}  // namespace pixelpass
