#include "app/host/line_rate.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>

namespace pixelpass::app {
namespace {

constexpr std::int64_t kBrowsersCap = 6'000'000;

struct Reporting {
  const char* how;
  Duration least;  ///< between two reports
  Duration most;
};

/// A browser's line by its figures: what is sent beyond its rate waits in a queue that never drops, and how
/// it went is told only by reports, whose round trip is that of the sender report before.
class ReportedLine : public ::testing::TestWithParam<Reporting> {
 protected:
  void run(Duration duration) {
    for (const auto end = now_ + duration; now_ < end;) step();
  }
  [[nodiscard]] Duration until(const std::function<bool()>& is_so) {
    const auto began = now_;
    while (!is_so() && now_ - began < 60s) step();
    return now_ - began;
  }
  /// On average, bits a second.
  [[nodiscard]] double mean_over(Duration duration) {
    double sum = 0;
    int steps = 0;
    for (const auto end = now_ + duration; now_ < end; ++steps) {
      step();
      sum += static_cast<double>(rate_.rate());
    }
    return sum / steps;
  }

  double carries_ = 10e6;
  double queued_bits_ = 0;
  double loss_ = 0;
  Instant now_{1h};
  LineRate rate_{kBrowsersCap, now_};

 private:
  static constexpr Duration kStep = 10ms;
  static constexpr Duration kSenderReport = 250ms;
  static constexpr Duration kGroup = 2s;
  static constexpr Duration kKeyframe = 100ms;  ///< what the rest of the group makes in so long

  void step() {
    now_ += kStep;
    pass();
    if (now_ >= sender_report_at_) {
      sender_report_at_ = now_ + kSenderReport;
      const std::chrono::duration<double> waits(queued_bits_ / carries_);
      told_rtt_ = line_.min_rtt + std::chrono::duration_cast<Duration>(waits);
    }
    if (now_ >= report_at_) report();
    line_.in_flight_bytes = sent_bytes_ - line_.acknowledged_bytes;
    if (now_ < look_at_) return;
    look_at_ = now_ + LineRate::kInterval;
    rate_.update(line_, told_, now_);
    told_ = rate_.rate();
  }

  void pass() {
    const double seconds = std::chrono::duration<double>(kStep).count();
    const auto in_group = (now_ - Instant(1h)) % kGroup;
    const double of_keyframe = in_group < kStep ? static_cast<double>(kKeyframe / kStep) : 0.95;
    const double made = (static_cast<double>(rate_.rate()) * of_keyframe * 1.08 + 140'000) * seconds;
    const double through = std::min(queued_bits_ + made, carries_ * seconds);
    queued_bits_ += made - through;
    sent_bytes_ += static_cast<std::uint64_t>(made / 8);
    through_bits_ += through;
    line_.sent_packets = sent_bytes_ / 1200;
    lost_packets_ += through * loss_ / 8 / 1200;
  }

  void report() {
    report_at_ = now_ + Duration(std::uniform_int_distribution<Duration::rep>(
                            GetParam().least.count(), GetParam().most.count())(random_));
    line_.acknowledged_bytes = static_cast<std::uint64_t>(through_bits_ / 8);
    line_.lost_packets = static_cast<std::uint64_t>(lost_packets_);
    line_.latest_rtt = told_rtt_;
    line_.reported_at = now_;
  }

  std::mt19937_64 random_{1};
  tunnel::LineStatus line_{.min_rtt = 40ms};
  std::int64_t told_ = kBrowsersCap;
  std::uint64_t sent_bytes_ = 0;
  double through_bits_ = 0;
  double lost_packets_ = 0;
  Duration told_rtt_ = 40ms;
  Instant sender_report_at_{};
  Instant report_at_{};
  Instant look_at_{};
};

TEST_P(ReportedLine, is_at_the_cap_however_rare_reports_are) {
  for (int i = 0; i < 120; ++i) {
    run(1s);
    ASSERT_EQ(rate_.rate(), kBrowsersCap) << "after " << i << " s";
  }
}

TEST_P(ReportedLine, is_below_what_a_line_has_dropped_to_within_three_seconds) {
  for (int i = 0; i < 10; ++i) {
    rate_ = LineRate(kBrowsersCap, now_);
    carries_ = 10e6;
    run(7s + i * 130ms);
    carries_ = 3e6;
    EXPECT_LE(until([&] { return rate_.rate() < 2'600'000; }), 3s);
    run(5s);
    EXPECT_LT(queued_bits_ / carries_, 0.15) << "seconds that wait, try " << i;
  }
}

TEST_P(ReportedLine, uses_what_a_slow_line_carries_and_stays_near_its_mean) {
  run(5s);
  carries_ = 3e6;
  run(15s);
  const double mean = mean_over(60s);
  EXPECT_GE(mean, 0.75 * (3e6 - 140'000) / 1.08);
  EXPECT_LT(mean, (3e6 - 140'000) / 1.08);
}

TEST_P(ReportedLine, is_back_at_the_cap_within_forty_seconds) {
  run(5s);
  carries_ = 3e6;
  run(30s);
  ASSERT_LT(rate_.rate(), 3'000'000);
  carries_ = 10e6;
  EXPECT_LE(until([&] { return rate_.rate() == kBrowsersCap; }), 40s);
  run(60s);
  EXPECT_EQ(rate_.rate(), kBrowsersCap);
}

TEST_P(ReportedLine, takes_a_twentieth_that_is_lost_for_the_airs_doing_and_a_fifth_for_a_full_queue) {
  run(5s);
  loss_ = 0.05;
  run(60s);
  EXPECT_EQ(rate_.rate(), kBrowsersCap);
  loss_ = 0.2;
  carries_ = 5e6;
  EXPECT_LE(until([&] { return rate_.rate() < kBrowsersCap; }), 5s);
}

INSTANTIATE_TEST_SUITE_P(Reports, ReportedLine,
                         ::testing::Values(Reporting{"four_times_a_second", 240ms, 260ms},
                                           Reporting{"twice_a_second", 450ms, 550ms},
                                           Reporting{"once_a_second", 950ms, 1050ms},
                                           Reporting{"now_and_then", 250ms, 1500ms}),
                         [](const auto& of) { return std::string(of.param.how); });

}  // namespace
}  // namespace pixelpass::app
