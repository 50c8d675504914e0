#include "link_direction.hpp"

#include "words.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace netlab {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

class LinkDirectionTest : public testing::Test {
 protected:
  /// `count` frames of 1000 bytes, a millisecond apart; when each of them arrives, in ms after it was sent.
  std::vector<double> arrivals(int count) {
    std::vector<double> took;
    std::vector<std::uint8_t> frame(1000);
    for (int at = 0; at < count; ++at) {
      frame[0] = static_cast<std::uint8_t>(at);
      frame[1] = static_cast<std::uint8_t>(at >> 8);
      line_.push(frame, kStart + at * 1ms);
      drain(kStart + at * 1ms, took);
    }
    drain(kStart + 1h, took);
    return took;
  }

  void drain(Instant until, std::vector<double>& took) {
    for (auto next = line_.next_arrival(); next && *next <= until; next = line_.next_arrival()) {
      const auto frame = line_.pop(*next);
      const auto number = (*frame)[0] | (*frame)[1] << 8;
      order_.push_back(number);
      took.push_back(std::chrono::duration<double, std::milli>(*next - kStart).count() - number);
    }
  }

  LinkDirection line_{42};
  std::vector<int> order_;
};

TEST_F(LinkDirectionTest, ALineOfNoTermsPassesAllAtOnce) {
  EXPECT_EQ(arrivals(10), std::vector<double>(10, 0.0));
}

TEST_F(LinkDirectionTest, ADelayIsKeptToTheMicrosecond) {
  line_.terms().delay = 25ms;
  EXPECT_EQ(arrivals(10), std::vector<double>(10, 25.0));
}

TEST_F(LinkDirectionTest, JitterKeepsTheOrder) {
  line_.terms().delay = 25ms;
  line_.terms().jitter = 10ms;
  const auto took = arrivals(1000);
  ASSERT_EQ(took.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
  EXPECT_GE(*std::min_element(took.begin(), took.end()), 15.0);
  EXPECT_LE(*std::max_element(took.begin(), took.end()), 35.0);
  EXPECT_GT(*std::max_element(took.begin(), took.end()) - *std::min_element(took.begin(), took.end()), 10.0);
}

TEST_F(LinkDirectionTest, TheShareThatIsLostIsTheOneAskedFor) {
  line_.terms().loss = 0.05;
  EXPECT_NEAR(static_cast<double>(arrivals(20000).size()), 19000, 150);
  EXPECT_EQ(line_.counters().lost + line_.counters().out, 20000U);
}

TEST_F(LinkDirectionTest, LossInBurstsIsTheSameShareInLongerRuns) {
  line_.terms().loss = 0.05;
  line_.terms().burst = 8;
  arrivals(40000);
  EXPECT_NEAR(static_cast<double>(line_.counters().lost), 2000, 400);
  int runs = 0;
  for (std::size_t at = 1; at < order_.size(); ++at) {
    runs += order_[at] != order_[at - 1] + 1 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(line_.counters().lost) / runs, 8, 1.5);
}

TEST_F(LinkDirectionTest, ARateMakesFramesWaitAndAFullQueueDropsThem) {
  line_.terms().bits_per_second = 4e6;  // half of what is sent: each frame takes 2 ms
  line_.terms().queue = 50ms;
  const auto took = arrivals(1000);
  EXPECT_NEAR(static_cast<double>(took.size()), 525, 3);
  EXPECT_LE(*std::max_element(took.begin(), took.end()), 52.0);
  EXPECT_EQ(line_.counters().overflowed, 1000 - took.size());
}

TEST_F(LinkDirectionTest, WhatOvertakesIsNotDelayed) {
  line_.terms().delay = 20ms;
  line_.terms().reorder = 0.1;
  const auto took = arrivals(1000);
  EXPECT_NEAR(static_cast<double>(std::count(took.begin(), took.end(), 0.0)), 100, 30);
  EXPECT_FALSE(std::is_sorted(order_.begin(), order_.end()));
}

TEST_F(LinkDirectionTest, TheShareThatComesTwiceIsTheOneAskedFor) {
  line_.terms().duplicate = 0.1;
  EXPECT_NEAR(static_cast<double>(arrivals(1000).size()), 1100, 30);
}

TEST_F(LinkDirectionTest, WhatIsTooLargeAndWhatFallsIntoABlackHoleIsGone) {
  line_.terms().largest = 985;  // the frames' packets are of 986 bytes
  EXPECT_TRUE(arrivals(3).empty());
  EXPECT_EQ(line_.counters().too_large, 3U);
  line_.terms().largest = 986;
  EXPECT_EQ(arrivals(3).size(), 3U);
  line_.terms().black_hole = true;
  EXPECT_TRUE(arrivals(3).empty());
}

TEST(LinkWords, AWordIsForOneDirectionOrForBoth) {
  LinkDirection ab{1};
  LinkDirection ba{2};
  EXPECT_TRUE(apply_word("delay=20.5", ab, ba));
  EXPECT_TRUE(apply_word("ab:loss=3", ab, ba));
  EXPECT_TRUE(apply_word("ba:rate=5", ab, ba));
  EXPECT_EQ(ab.terms().delay, 20500us);
  EXPECT_EQ(ba.terms().delay, 20500us);
  EXPECT_DOUBLE_EQ(ab.terms().loss, 0.03);
  EXPECT_DOUBLE_EQ(ba.terms().loss, 0);
  EXPECT_DOUBLE_EQ(ab.terms().bits_per_second, 0);
  EXPECT_DOUBLE_EQ(ba.terms().bits_per_second, 5e6);
}

TEST(LinkWords, WhatIsNoWordIsRefused) {
  LinkDirection ab{1};
  LinkDirection ba{2};
  for (const auto* word :
       {"", "delay", "delay=", "delay=x", "delay=-1", "delay=1x", "dely=1", "ac:delay=1", "ab:"}) {
    EXPECT_FALSE(apply_word(word, ab, ba)) << word;
  }
}

}  // namespace
}  // namespace netlab
