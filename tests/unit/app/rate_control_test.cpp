#include "app/host/rate_control.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

constexpr std::int64_t kCap = 6'000'000;
constexpr int kFps = 60;
constexpr std::int64_t kSlowLine = 700'000;

/// Viewers with a line each, whose queue stands where it is slow, and an encoder that uses what it is told
/// to.
class RateControlTest : public testing::Test {
 protected:
  void begin() {
    control_.begin(kFps);
    EXPECT_FALSE(control_.follow_up_to({kCap, false}, now_).bits_per_second);
    control_.on_play(now_);
  }
  void join(std::uint32_t number, std::int64_t carries) {
    tunnel::ViewerStatus viewer;
    viewer.viewer = number;
    viewer.line.min_rtt = 20ms;
    viewer.line.latest_rtt = carries < kCap ? 300ms : 20ms;
    viewers_.push_back(viewer);
    carries_.push_back(carries);
  }
  /// Each look that falls due; what was said is kept in `said_`.
  void look_for(Duration duration) {
    for (const auto until = now_ + duration; control_.next_timeout() && *control_.next_timeout() <= until;) {
      const auto before = now_;
      now_ = *control_.next_timeout();
      for (std::size_t i = 0; i < viewers_.size(); ++i) bring(viewers_[i].line, carries_[i], now_ - before);
      keep(control_.look(viewers_, now_));
    }
  }
  /// The encoder keeps up with so much of what it is asked for.
  RateControl::Steps climb(double keeps_up) {
    now_ += PictureLadder::kInterval;
    const auto limits = said_.limits.value_or(encode::PictureLimits{});
    StreamDescription stream;
    stream.width = 1920 * limits.percent / 100;
    stream.height = 1080 * limits.percent / 100;
    stream.fps = limits.fps > 0 ? limits.fps : kFps;
    const auto steps = control_.climb(stream,
                                      {.fps = stream.fps * keeps_up,
                                       .p50 = keeps_up < 1 ? Duration(100ms) : Duration(5ms),
                                       .p95 = keeps_up < 1 ? Duration(100ms) : Duration(5ms),
                                       .bits_per_second = static_cast<double>(control_.bits_per_second(kCap)),
                                       .evenness = 0.9},
                                      now_);
    keep(steps);
    return steps;
  }
  [[nodiscard]] std::string limited_by() const {
    HostStats stats;
    control_.add_to(stats, kCap);
    return stats.limited_by;
  }

  /// Of the event, which has it apart from its viewer.
  [[nodiscard]] std::pair<std::string, std::optional<std::uint32_t>> told() const {
    StreamDescription stream;
    stream.bitrate_bps = kCap;
    const auto target = control_.target(stream);
    return {target.limited_by, target.viewer};
  }

  RateControl control_{PictureUse::kMotion};
  RateControl::Steps said_;  ///< the last of each kind, all words and all notices
  std::size_t notices_ = 0;
  std::vector<tunnel::ViewerStatus> viewers_;
  Instant now_{1h};

 private:
  static void bring(tunnel::LineStatus& line, std::int64_t bits_per_second, Duration meanwhile) {
    const double bytes =
        static_cast<double>(bits_per_second) / 8 * std::chrono::duration<double>(meanwhile).count();
    line.acknowledged_bytes += static_cast<std::uint64_t>(bytes);
    line.sent_packets += static_cast<std::uint64_t>(bytes / 1200) + 1;
    line.waiting_bytes = bits_per_second < kCap ? 100'000 : 0;
  }
  void keep(RateControl::Steps steps) {
    if (steps.limits) said_.limits = steps.limits;
    if (steps.bits_per_second) said_.bits_per_second = steps.bits_per_second;
    for (const auto& word : steps.words) said_.words.push_back(word);
    if (steps.notice) ++notices_;
  }

  std::vector<std::int64_t> carries_;
};

TEST_F(RateControlTest, FollowsALineThatIsSlowAndSaysWhose) {
  begin();
  join(7, kSlowLine);
  look_for(3s);
  ASSERT_TRUE(said_.bits_per_second);
  EXPECT_LT(*said_.bits_per_second, kSlowLine);
  EXPECT_EQ(control_.bits_per_second(kCap), *said_.bits_per_second);
  EXPECT_EQ(limited_by(), "line of viewer 7");
  EXPECT_EQ(told(), (std::pair{std::string("line"), std::optional(7U)}));
  EXPECT_EQ(control_.cap(), kCap);
}

TEST_F(RateControlTest, LooksAtLinesOnlyWhileTheSourcePlays) {
  EXPECT_FALSE(control_.follow_up_to({kCap, false}, now_).bits_per_second);
  EXPECT_FALSE(control_.next_timeout()) << "it has not begun";
  control_.on_play(now_);
  EXPECT_EQ(control_.next_timeout(), now_ + BitrateLaw::kInterval);
  control_.on_pause();
  EXPECT_FALSE(control_.next_timeout());
}

TEST_F(RateControlTest, LooksAgainWhenABitrateThatWasFixedMeanwhileIsFixedNoMore) {
  begin();
  (void)control_.follow_up_to({kCap, true}, now_);
  EXPECT_FALSE(control_.next_timeout());
  control_.on_pause();
  control_.on_play(now_);
  EXPECT_FALSE(control_.next_timeout()) << "there is nothing to follow";
  (void)control_.follow_up_to({kCap, false}, now_);
  EXPECT_EQ(control_.next_timeout(), now_ + BitrateLaw::kInterval);
}

TEST_F(RateControlTest, TakesItsWordsAndLimitsBackWhenTheBitrateIsFixed) {
  begin();
  for (const std::uint32_t viewer : {1U, 2U, 3U}) join(viewer, viewer == 2 ? kSlowLine : kCap);
  look_for(20s);
  ASSERT_EQ(said_.words.size(), 1U);
  EXPECT_EQ(said_.words[0].viewer, 2U);
  climb(0.3);
  climb(0.3);
  ASSERT_TRUE(said_.limits);
  const auto steps = control_.follow_up_to({kCap, true}, now_);
  ASSERT_EQ(steps.words.size(), 1U);
  EXPECT_FALSE(steps.words[0].what.is_left_behind);
  EXPECT_EQ(steps.limits, encode::PictureLimits{});
  EXPECT_EQ(limited_by(), "fixed");
  EXPECT_EQ(told(), (std::pair{std::string("cap"), std::optional<std::uint32_t>()}));
}

TEST_F(RateControlTest, LimitsThePictureOfASlowMachineAndSaysSoOnce) {
  begin();
  EXPECT_FALSE(climb(0.3).limits);
  const auto steps = climb(0.3);
  ASSERT_TRUE(steps.limits);
  ASSERT_TRUE(steps.notice);
  EXPECT_NE(steps.notice->what.find("1920x1080, 60 a second"), std::string::npos) << steps.notice->what;
  EXPECT_EQ(limited_by(), "encoder");
  EXPECT_EQ(told(), (std::pair{std::string("encoder"), std::optional<std::uint32_t>()}));
  for (int i = 0; i < 5; ++i) {
    control_.on_described();
    climb(0.3);
  }
  EXPECT_EQ(notices_, 1U);
}

TEST_F(RateControlTest, WaitsUntilTheSourceHasSaidWhatItMakesOfTheLastLimits) {
  begin();
  climb(0.3);
  ASSERT_TRUE(climb(0.3).limits);
  for (int i = 0; i < 30; ++i) EXPECT_FALSE(climb(0.3).limits) << "what it made is from before";
  control_.on_described();
  bool goes_on = false;
  for (int i = 0; i < 3; ++i) goes_on = climb(0.3).limits || goes_on;
  EXPECT_TRUE(goes_on);
}

TEST_F(RateControlTest, TakesBackLimitsOfWhoHasLeft) {
  begin();
  EXPECT_FALSE(control_.forget_limits().limits) << "there are none";
  climb(0.3);
  ASSERT_TRUE(climb(0.3).limits);
  EXPECT_EQ(control_.forget_limits().limits, encode::PictureLimits{});
}

}  // namespace
}  // namespace pixelpass::app
