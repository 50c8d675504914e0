#include "rate_call.hpp"
#include <gtest/gtest.h>

#include <array>

namespace pixelpass::sim {
namespace {

constexpr auto kBrowserCap = static_cast<double>(RateCall::kCap);

/// What becomes of a picture of 6 Mbit/s that a browser watches, on lines that do not carry it: see
/// bitrate_test. Browsers say what has come sixteen times a second, as Chromium does.
class BrowserBitrate : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  BrowserBitrate() : trace_(__FILE__, __LINE__, "seed " + std::to_string(GetParam())), call_(GetParam()) {}

  [[nodiscard]] RateFigures since(const SimBrowser& browser, Instant from) {
    return figures(browser, host_.encoder(), from, now());
  }
  [[nodiscard]] Instant now() const { return call_.network.now(); }
  /// When the encoder was first told less than `bits_per_second`, since then.
  [[nodiscard]] Instant lowered_at(double bits_per_second) {
    for (const auto& change : host_.encoder().changes())
      if (static_cast<double>(change.bitrate_bps) < bits_per_second) return change.at;
    return Instant::max();
  }
  [[nodiscard]] std::uint64_t skipped_groups() const { return host_.stats().viewers.at(0).skipped_groups; }

 private:
  ::testing::ScopedTrace trace_;

 protected:
  Bottleneck line_;
  RateCall call_;
  RateHost& host_ = call_.add_host();
};

TEST_P(BrowserBitrate, IsTheCapOnACleanLineAndNothingIsSkipped) {
  auto& browser = call_.browse(host_, line_);
  call_.run_for(2s);
  const auto began = now();
  call_.run_for(60s);
  EXPECT_EQ(host_.encoder().changes().size(), 1U);
  EXPECT_EQ(skipped_groups(), 0U);
  EXPECT_LE(since(browser, began).lag_p95, 60ms) << since(browser, began);
  EXPECT_GE(since(browser, began).shown, 0.99);
}

class SteppedBrowserBitrate : public BrowserBitrate {
 protected:
  void step_down_and_up(Duration queue) {
    line_.queue = queue;
    auto& browser = call_.browse(host_, line_);
    call_.run_for(10s);
    const auto down = now();
    line_.bits_per_second = 3'000'000;
    call_.run_for(20s);
    const auto slow = since(browser, down + 3s);
    EXPECT_EQ(host_.stats().limited_by, "line of viewer 1");
    EXPECT_GE(lowered_at(2.5e6), down);
    EXPECT_LE(lowered_at(2.5e6), down + 500ms + 2 * RateCall::kWay) << to_ms(lowered_at(2.5e6) - down);
    line_.bits_per_second = 20'000'000;
    const auto up = now();
    call_.run_for(30s);
    EXPECT_LE(slow.lag_p95, 200ms) << slow;
    EXPECT_GE(slow.goodput, 0.8 * 3e6) << slow;
    EXPECT_LE(since(browser, up + 3s).lag_p95, 200ms) << since(browser, up + 3s);
    EXPECT_GE(since(browser, down).shown, 0.95) << since(browser, down);
    EXPECT_GE(host_.encoder().bitrate_bps(), 0.8 * kBrowserCap);
  }
};

TEST_P(SteppedBrowserBitrate, FollowsALineWithAShortQueueWithinHalfASecond) {
  step_down_and_up(100ms);
}

TEST_P(SteppedBrowserBitrate, FollowsALineWithALongQueueWithinHalfASecond) {
  step_down_and_up(500ms);
}

TEST_P(BrowserBitrate, FollowsALineByReportsAloneLater) {
  line_.queue = 500ms;
  call_.browse(host_, line_, 0, false);
  call_.run_for(10s);
  const auto down = now();
  line_.bits_per_second = 3'000'000;
  call_.run_for(5s);
  EXPECT_GE(lowered_at(2.5e6), down);
  EXPECT_LE(lowered_at(2.5e6), down + 4s);
}

TEST_P(BrowserBitrate, TakesLossThatIsNoCongestionForNone) {
  auto& browser = call_.browse(host_, line_, 0.02);
  call_.run_for(2s);
  const auto began = now();
  call_.run_for(30s);
  EXPECT_GE(host_.encoder().mean_bitrate(began, now()), 0.8 * kBrowserCap);
  EXPECT_LE(since(browser, began).lag_p95, 200ms) << since(browser, began);
}

TEST_P(BrowserBitrate, StaysCloseOnALineLikeWiFi) {
  std::mt19937_64 random(GetParam());
  line_.queue = 500ms;
  auto& browser = call_.browse(host_, line_);
  call_.run_for(2s);
  const auto began = now();
  for (int i = 0; i < 200; ++i) {
    line_.bits_per_second = std::uniform_int_distribution<std::int64_t>(5'000'000, 40'000'000)(random);
    if (i % 10 == 5) line_.hold(100ms, now());
    call_.run_for(200ms);
  }
  EXPECT_LE(since(browser, began).lag_p95, 300ms) << since(browser, began);
  EXPECT_GE(since(browser, began).shown, 0.98) << since(browser, began);
  EXPECT_GE(since(browser, began).goodput, 0.5 * kBrowserCap) << since(browser, began);
}

/// One hopeless browser among four. `at_most`: what its line needs for a keyframe, and until there is one.
class HopelessBrowser : public BrowserBitrate {
 protected:
  void leave_behind(std::int64_t bits_per_second, Duration at_most, double goodput) {
    for (auto& line : fast_) call_.browse(host_, line);
    auto& first = call_.browsers.front();
    line_.bits_per_second = bits_per_second;
    line_.queue = 2s;
    auto& phone = call_.browse(host_, line_);
    call_.run_for(15s);
    const auto from = now();
    call_.run_for(60s);
    EXPECT_EQ(host_.encoder().bitrate_bps(), RateCall::kCap);
    EXPECT_LE(since(first, from).lag_p95, 60ms) << since(first, from);
    EXPECT_GE(since(first, from).shown, 0.98) << since(first, from);
    EXPECT_LE(since(phone, from).lag_p95, at_most) << since(phone, from);
    EXPECT_GE(since(phone, from).goodput, goodput) << since(phone, from);
    EXPECT_GT(of_phone().skipped_groups, 10U);
    EXPECT_TRUE(of_phone().is_left_behind);
    EXPECT_TRUE(phone.is_left_behind) << "it does not know";
    EXPECT_FALSE(first.is_left_behind);
    line_.bits_per_second = 100'000'000;
    call_.run_for(60s);
    EXPECT_FALSE(of_phone().is_left_behind) << of_phone().line_bps;
    EXPECT_FALSE(phone.is_left_behind) << "it was not told that this is over";
    EXPECT_GE(since(phone, now() - 10s).shown, 0.98) << since(phone, now() - 10s);
    EXPECT_LE(since(phone, now() - 10s).lag_p95, 60ms) << since(phone, now() - 10s);
  }

 private:
  [[nodiscard]] const app::HostStats::Viewer& of_phone() const { return host_.stats().viewers.at(4); }

  std::array<Bottleneck, 4> fast_;
};

TEST_P(HopelessBrowser, OfAPhonesLineGetsAKeyframeNowAndThenAndPullsNobodyDown) {
  leave_behind(400'000, 5s, 200e3);
}

TEST_P(HopelessBrowser, OfALineThatCarriesAThirdGetsWhatOfEachGroupIsInTime) {
  leave_behind(2'000'000, 800ms, 300e3);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HopelessBrowser, ::testing::Values(1, 2, 3));
INSTANTIATE_TEST_SUITE_P(Seeds, BrowserBitrate, ::testing::Values(1, 2, 3));
INSTANTIATE_TEST_SUITE_P(Seeds, SteppedBrowserBitrate, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace pixelpass::sim
