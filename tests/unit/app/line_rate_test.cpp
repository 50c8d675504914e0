#include "app/host/line_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace pixelpass::app {
namespace {

constexpr std::int64_t kCap = 6'000'000;

/// A line by its figures: what is sent beyond its rate waits in a queue that never drops.
class LineRateTest : public ::testing::Test {
 protected:
  /// One look after so long.
  void look(Duration after = LineRate::kInterval) {
    now_ += after;
    const double seconds = std::chrono::duration<double>(after).count();
    const double audio = line_.has_audio ? 140'000 : 0;
    const double made = is_still_ ? 0 : (static_cast<double>(rate_.rate()) * 1.08 + audio) * seconds;
    const double through = std::min(queued_bits_ + made, carries_ * seconds);
    queued_bits_ += made - through;
    line_.acknowledged_bytes += static_cast<std::uint64_t>(through / 8);
    line_.in_flight_bytes = static_cast<std::uint64_t>(queued_bits_ / 8) + (is_still_ ? 0 : 1000);
    line_.sent_packets += static_cast<std::uint64_t>(through / 8 / 1400);
    line_.lost_packets += static_cast<std::uint64_t>(through * loss_ / 8 / 1400);
    if (late_)
      line_.undelivered_bytes =
          static_cast<std::size_t>(through / seconds / 8 * std::chrono::duration<double>(*late_).count());
    const std::chrono::duration<double> waits(carries_ > 0 ? queued_bits_ / carries_ : 0.0);
    if (through > 0) line_.latest_rtt = line_.min_rtt + others_ + std::chrono::duration_cast<Duration>(waits);
    rate_.update(line_, rate_.rate(), now_);
  }
  void run(Duration duration) {
    for (const auto end = now_ + duration; now_ < end;) look();
  }
  [[nodiscard]] Duration until_below(std::int64_t rate) {
    const auto began = now_;
    while (rate_.rate() >= rate && now_ - began < 10s) look();
    return now_ - began;
  }

  Instant now_{1h};
  LineRate rate_{kCap, now_};
  tunnel::LineStatus line_{.min_rtt = 40ms};
  double carries_ = 20e6;
  double queued_bits_ = 0;
  double loss_ = 0;
  std::optional<Duration> late_;  ///< so much later than it was sent media is acknowledged
  Duration others_{};             ///< a queue that is not ours
  bool is_still_ = false;
};

TEST_F(LineRateTest, is_the_cap_where_nothing_queues) {
  for (int i = 0; i < 1000; ++i) {
    look();
    ASSERT_EQ(rate_.rate(), kCap);
  }
}

/// A browser reports on the picture's stream: its sound is none of those bytes.
TEST_F(LineRateTest, takes_no_sound_off_what_is_acknowledged_of_the_picture_alone) {
  const auto settled = [this](bool has_audio) {
    rate_ = LineRate(kCap, now_);
    queued_bits_ = 0;
    line_.has_audio = has_audio;
    carries_ = 900'000 + (has_audio ? 140'000 : 0);
    run(10s);
    double sum = 0;
    for (int i = 0; i < 200; ++i) {
      look();
      sum += static_cast<double>(rate_.rate()) / 200;
    }
    return sum;
  };
  EXPECT_NEAR(settled(false), settled(true), 30'000);
}

TEST_F(LineRateTest, is_below_what_the_line_carries_within_half_a_second) {
  run(10s);
  carries_ = 3e6;
  EXPECT_LE(until_below(2'600'000), 500ms);
  run(2s);
  EXPECT_LT(queued_bits_ / carries_, 0.05) << "seconds that wait";
}

TEST_F(LineRateTest, stays_within_a_fifth_of_its_mean_once_settled) {
  run(5s);
  carries_ = 3e6;
  run(10s);
  double lowest = 1e9;
  double highest = 0;
  double sum = 0;
  constexpr int kLooks = 600;
  for (int i = 0; i < kLooks; ++i) {
    look();
    const auto rate = static_cast<double>(rate_.rate());
    lowest = std::min(lowest, rate);
    highest = std::max(highest, rate);
    sum += rate;
  }
  const double mean = sum / kLooks;
  EXPECT_GE(mean, 0.8 * (3e6 - 140'000) / 1.08);
  EXPECT_GE(lowest, 0.8 * mean);
  EXPECT_LE(highest, 1.2 * mean);
}

TEST_F(LineRateTest, is_back_at_the_cap_within_half_a_minute) {
  run(5s);
  carries_ = 3e6;
  run(30s);
  carries_ = 20e6;
  run(30s);
  EXPECT_EQ(rate_.rate(), kCap);
}

TEST_F(LineRateTest, never_falls_below_the_floor_and_never_moves_under_a_cap_at_the_floor) {
  run(5s);
  carries_ = 100e3;
  run(10s);
  EXPECT_EQ(rate_.rate(), LineRate::kFloor);
  rate_ = LineRate(LineRate::kFloor, now_);
  run(10s);
  EXPECT_EQ(rate_.rate(), LineRate::kFloor);
  rate_ = LineRate(100'000, now_);
  carries_ = 50e3;
  run(10s);
  EXPECT_EQ(rate_.rate(), 100'000);
}

TEST_F(LineRateTest, takes_a_twentieth_that_is_lost_for_the_airs_doing_and_a_fifth_for_a_full_queue) {
  run(5s);
  loss_ = 0.05;
  run(60s);
  EXPECT_EQ(rate_.rate(), kCap);
  loss_ = 0.2;
  carries_ = 5e6;  // and no queue to speak of
  others_ = {};
  run(2s);
  EXPECT_LT(rate_.rate(), kCap);
}

TEST_F(LineRateTest, takes_a_loss_for_none_in_spite_of_which_all_comes_in_time) {
  late_ = 60ms;
  run(5s);
  loss_ = 0.5;
  run(60s);
  EXPECT_EQ(rate_.rate(), kCap) << "packets have overtaken each other";
  late_ = 200ms;
  run(2s);
  EXPECT_LT(rate_.rate(), kCap);
}

TEST_F(LineRateTest, says_nothing_about_silence_and_about_looks_that_were_missed) {
  run(5s);
  carries_ = 0;
  run(5s);
  EXPECT_EQ(rate_.rate(), kCap) << "nothing came back: nobody knows why";
  carries_ = 20e6;
  queued_bits_ = 0;
  others_ = 200ms;
  for (int i = 0; i < 50; ++i) look(300ms);
  EXPECT_EQ(rate_.rate(), kCap) << "it was us who slept";
}

TEST_F(LineRateTest, keeps_its_place_beside_a_queue_that_is_anothers) {
  run(5s);
  carries_ = 6.2e6;
  others_ = 150ms;
  run(10s);
  EXPECT_GE(rate_.rate(), kCap / 2);
  others_ = {};
  carries_ = 20e6;
  run(30s);
  EXPECT_EQ(rate_.rate(), kCap);
}

TEST_F(LineRateTest, does_not_climb_on_a_picture_that_stands_still) {
  run(5s);
  carries_ = 3e6;
  run(5s);
  const auto before = rate_.rate();
  is_still_ = true;
  run(60s);
  EXPECT_LE(rate_.rate(), 2 * before);
  EXPECT_LT(rate_.rate(), kCap);
}

TEST_F(LineRateTest, begins_anew_with_another_connection) {
  run(5s);
  line_ = {.latest_rtt = 200ms, .min_rtt = 200ms};
  run(20s);
  EXPECT_EQ(rate_.rate(), kCap);
}

TEST_F(LineRateTest, follows_a_new_cap) {
  rate_.set_cap(2'000'000);
  EXPECT_EQ(rate_.rate(), 2'000'000);
  rate_.set_cap(8'000'000);
  EXPECT_EQ(rate_.rate(), 8'000'000);
}

}  // namespace
}  // namespace pixelpass::app
