#include "encode/audio_timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace pixelpass::encode {
namespace {

constexpr Instant kStart{5000s};
constexpr auto kRate = AudioTimeline::kRate;
constexpr auto kBlock = static_cast<int>(AudioTimeline::kBlockFrames);

Duration of_frames(double frames) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(frames / kRate));
}

/// What comes out, as one run.
struct Heard {
  std::vector<float> left;
  Instant begins;
  double most_behind_ms = -1000;  ///< block given out after its end

  [[nodiscard]] float at(Instant when) const {
    const auto frame = std::llround(std::chrono::duration<double>(when - begins).count() * kRate);
    return left.at(static_cast<std::size_t>(frame));
  }
};

/// A timeline, fed at the moments when things come.
class Simulation {
 public:
  Simulation() { timeline.start(kStart); }

  /// `comes_after`: after its last frame was played.
  void push(const std::vector<float>& mono, Instant captured_at, Duration comes_after = 1ms) {
    run_until(captured_at + of_frames(static_cast<double>(mono.size())) + comes_after);
    std::vector<float> both;
    both.resize(mono.size() * 2);
    for (std::size_t i = 0; i < both.size(); ++i) both[i] = mono[i / 2];
    timeline.push(both, captured_at);
    poll(now_);
  }
  void run_until(Instant until) {
    while (timeline.next_timeout() <= until) poll(timeline.next_timeout());
    now_ = std::max(now_, until);
  }

  AudioTimeline timeline;
  Heard heard;
  std::vector<bool> silent;

 private:
  void poll(Instant now) {
    while (auto block = timeline.next(now)) {
      if (heard.left.empty()) heard.begins = block->at;
      // Gap-free: each begins where the one before ended.
      ASSERT_NEAR(to_ms(block->at - heard.begins), static_cast<double>(heard.left.size()) * 1000 / kRate,
                  0.001);
      EXPECT_EQ(block->interleaved.size(), AudioTimeline::kBlockFrames * 2);
      heard.most_behind_ms = std::max(heard.most_behind_ms, to_ms(now - (block->at + of_frames(kBlock))));
      for (std::size_t i = 0; i < block->interleaved.size(); i += 2)
        heard.left.push_back(block->interleaved[i]);
      silent.push_back(block->silent);
    }
  }

  Instant now_ = kStart;
};

/// A sound card that plays a sine; its clock may go wrong.
class Card {
 public:
  explicit Card(double ppm = 0, double hz = 440) : factor_(1 + ppm / 1e6), hz_(hz) {}

  std::vector<float> play(int frames) {
    std::vector<float> samples;
    samples.reserve(static_cast<std::size_t>(frames));
    for (int i = 0; i < frames; ++i)
      samples.push_back(
          static_cast<float>(std::sin(2 * std::numbers::pi * hz_ * static_cast<double>(played_++) / kRate)));
    return samples;
  }
  /// When the next frame is played, on our clock.
  [[nodiscard]] Instant now() const { return kStart + of_frames(static_cast<double>(played_) / factor_); }
  /// What it plays at that moment.
  [[nodiscard]] double at(Instant when) const {
    const double frames = std::chrono::duration<double>(when - kStart).count() * kRate * factor_;
    return std::sin(2 * std::numbers::pi * hz_ * frames / kRate);
  }

 private:
  double factor_;
  double hz_;
  std::int64_t played_ = 0;
};

/// The largest step between two samples; of a sine without clicks that is its steepest.
double largest_step(const std::vector<float>& samples, std::size_t from = 0) {
  double largest = 0;
  for (std::size_t i = from + 1; i < samples.size(); ++i)
    largest =
        std::max(largest, std::abs(static_cast<double>(samples[i]) - static_cast<double>(samples[i - 1])));
  return largest;
}

double steepest(double hz) {
  return 2 * std::numbers::pi * hz / kRate;
}

TEST(AudioTimeline, UnbrokenSoundPassesUnchangedAndAtOnce) {
  for (const int quantum : {64, 256, 1024, 2048}) {
    Simulation sim;
    Card card;
    std::vector<float> all;
    while (all.size() < 48'000) {
      const Instant at = card.now();
      const auto samples = card.play(quantum);
      all.insert(all.end(), samples.begin(), samples.end());
      sim.push(samples, at);
    }
    ASSERT_GE(sim.heard.left.size(), 46'000U);
    all.resize(sim.heard.left.size());
    EXPECT_EQ(sim.heard.left, all) << quantum;
    EXPECT_EQ(sim.heard.begins, kStart);
    EXPECT_LE(sim.heard.most_behind_ms, 1.1 + quantum * 1000.0 / kRate) << quantum;
    EXPECT_THAT(sim.silent, testing::Each(false));
  }
}

TEST(AudioTimeline, WithoutSoundThereIsSilenceInTime) {
  Simulation sim;
  sim.run_until(kStart + 1s);
  EXPECT_LE(sim.heard.most_behind_ms, 101) << "the first one is waited for a little longer";
  sim.heard.most_behind_ms = 0;
  sim.run_until(kStart + 10s);
  EXPECT_NEAR(static_cast<double>(sim.heard.left.size()), 480'000, 3000);
  EXPECT_THAT(sim.heard.left, testing::Each(0.0F));
  EXPECT_THAT(sim.silent, testing::Each(true));
  EXPECT_LE(sim.heard.most_behind_ms, 31);
}

TEST(AudioTimeline, SoundBeginsAndEndsWhereItsTimesSay) {
  Simulation sim;
  const Instant begins = kStart + 333ms;
  for (int i = 0; i < 10; ++i) sim.push(std::vector<float>(480, 0.5F), begins + i * 10ms);
  sim.run_until(kStart + 1s);
  EXPECT_EQ(sim.heard.at(begins - 1ms), 0.0F);
  EXPECT_EQ(sim.heard.at(begins + 1ms), 0.5F);
  EXPECT_EQ(sim.heard.at(begins + 99ms), 0.5F);
  EXPECT_EQ(sim.heard.at(begins + 101ms), 0.0F);
}

TEST(AudioTimeline, TheFirstSoundBeginsABlockSoThatPiecesFillItInStep) {
  for (const Duration begins : {5ms, 37ms, 90ms}) {
    Simulation sim;
    // Of an application's output, before it is played.
    for (int i = 0; i < 100; ++i)
      sim.push(std::vector<float>(kBlock / 2, 0.5F), kStart + begins + of_frames(kBlock / 2.0 * i),
               -of_frames(kBlock / 2.0));
    EXPECT_EQ(sim.heard.begins, kStart + begins);
    EXPECT_LE(sim.heard.most_behind_ms, -10.6) << "each block is there with its second piece";
  }
}

TEST(AudioTimeline, AGapIsSilentAndWhatFollowsIsInItsPlace) {
  for (const Duration gap : {30ms, 50ms, 200ms, 5000ms}) {
    Simulation sim;
    Instant at = kStart;
    for (int i = 0; i < 20; ++i, at += of_frames(480)) sim.push(std::vector<float>(480, 0.25F), at);
    const Instant ended = at;
    at += gap;
    const Instant again = at;
    for (int i = 0; i < 50; ++i, at += of_frames(480)) sim.push(std::vector<float>(480, 0.75F), at);
    EXPECT_EQ(sim.heard.at(ended - 1ms), 0.25F);
    EXPECT_EQ(sim.heard.at(again + 450ms), 0.75F);
    if (gap > 40ms) {
      EXPECT_EQ(sim.heard.at(ended + gap / 2), 0.0F);
      EXPECT_EQ(sim.heard.at(again - 1ms), 0.0F);
      EXPECT_EQ(sim.heard.at(again + 1ms), 0.75F);
    }
  }
}

TEST(AudioTimeline, AFewMissingFramesDoNotShiftWhatFollowsForLong) {
  Simulation sim;
  Card card;
  for (int i = 0; i < 400; ++i) {
    const Instant at = card.now();
    auto samples = card.play(480);
    if (i != 100 && i != 101) sim.push(samples, at);  // 20 ms are lost
  }
  const Instant late = kStart + 3500ms;
  for (int i = 0; i < 100; ++i)
    EXPECT_NEAR(sim.heard.at(late + i * 1ms), card.at(late + i * 1ms), steepest(440) * 48 * 1.5) << i;
}

TEST(AudioTimeline, ACardWithAnotherClockIsFollowedForTenMinutesWithoutAClick) {
  for (const auto& [ppm, length] : {std::pair{-200.0, 60s}, std::pair{200.0, 600s}}) {
    Simulation sim;
    Card card(ppm, 100);
    std::mt19937 random(5);
    std::uniform_real_distribution<double> jitter(-2, 2);
    while (card.now() < kStart + length) {
      const Instant at = card.now();
      sim.push(card.play(1024), at + of_frames(jitter(random) * kRate / 1000), 3ms);
    }
    EXPECT_NEAR(static_cast<double>(sim.heard.left.size()), static_cast<double>(length.count()) * kRate,
                3000);
    // In time to half a millisecond and what jitter leaves: a sine of 100 Hz tells the time within 5 ms.
    for (Instant when = kStart + 10s; when < kStart + length - 1s; when += 7001ms)
      EXPECT_NEAR(sim.heard.at(when), card.at(when), steepest(100) * kRate * 0.0015) << ppm;
    EXPECT_LE(largest_step(sim.heard.left, kRate), steepest(100) * 1.1);
  }
}

TEST(AudioTimeline, JitterOfTheTimesLeavesNoTrace) {
  Simulation sim;
  Card card;
  std::mt19937 random(11);
  std::uniform_real_distribution<double> jitter(-5, 5);
  while (card.now() < kStart + 60s) {
    const Instant at = card.now();
    sim.push(card.play(512), at + of_frames(jitter(random) * kRate / 1000), 6ms);
  }
  EXPECT_LE(largest_step(sim.heard.left, kRate), steepest(440) * 1.1);
}

TEST(AudioTimeline, AJumpOfTheTimesIsFollowedAtOnce) {
  for (const Duration jump : {Duration{500ms}, Duration{-500ms}}) {
    Simulation sim;
    Instant at = kStart + 1s;
    for (int i = 0; i < 100; ++i, at += of_frames(480)) sim.push(std::vector<float>(480, 0.25F), at);
    at += jump;
    const Instant again = at;
    for (int i = 0; i < 150; ++i, at += of_frames(480)) sim.push(std::vector<float>(480, 0.75F), at);
    sim.run_until(again + 2s);
    EXPECT_EQ(sim.heard.at(std::max(again, again - jump) + 100ms), 0.75F);
    EXPECT_EQ(sim.heard.at(again + 1400ms), 0.75F);
    EXPECT_EQ(sim.heard.at(again + 1600ms), 0.0F);
  }
}

TEST(AudioTimeline, SoundThatComesLateIsWaitedForFromThenOn) {
  Simulation sim;
  Card card;
  while (card.now() < kStart + 5s) {
    const Instant at = card.now();
    sim.push(card.play(4096), at, 2ms);  // 87 ms after its first frame
  }
  EXPECT_LE(sim.heard.most_behind_ms, 121);
  EXPECT_LE(largest_step(sim.heard.left, kRate), steepest(440) * 1.1);
  const Instant when = kStart + 3s;
  EXPECT_NEAR(sim.heard.at(when), card.at(when), 0.1);
}

TEST(AudioTimeline, TimesFarFromNowAreNotTaken) {
  Simulation sim;
  sim.run_until(kStart + 1s);
  const std::vector<float> samples(960, 0.5F);
  sim.timeline.push(samples, kStart + 1h);
  sim.timeline.push(samples, kStart - 1h);
  sim.run_until(kStart + 2s);
  EXPECT_THAT(sim.heard.left, testing::Each(0.0F));
  sim.push(std::vector<float>(4800, 0.25F), kStart + 2100ms);
  sim.run_until(kStart + 3s);
  EXPECT_EQ(sim.heard.at(kStart + 2150ms), 0.25F);
}

TEST(AudioTimeline, SilencedItGivesNothingOutOfWhatHadComeAndGoesOnWithWhatComes) {
  Simulation sim;
  for (int i = 0; i < 20; ++i) sim.push(std::vector<float>(480, 0.5F), kStart + i * 10ms);
  const auto before = sim.heard.left.size();
  sim.timeline.silence();
  sim.run_until(kStart + 1s);
  ASSERT_GT(sim.heard.left.size(), before);
  EXPECT_THAT(std::vector(sim.heard.left.begin() + static_cast<std::ptrdiff_t>(before), sim.heard.left.end()),
              testing::Each(0.0F));
  for (int i = 0; i < 20; ++i) sim.push(std::vector<float>(480, 0.5F), kStart + 1100ms + i * 10ms);
  sim.run_until(kStart + 2s);
  EXPECT_EQ(sim.heard.at(kStart + 1099ms), 0.0F);
  EXPECT_EQ(sim.heard.at(kStart + 1101ms), 0.5F);
  EXPECT_EQ(sim.heard.at(kStart + 1299ms), 0.5F);
}

TEST(AudioTimeline, StartedAgainItForgetsWhatWas) {
  Simulation sim;
  sim.timeline.push(std::vector<float>(200, 0.5F), kStart);
  sim.timeline.start(kStart + 1min);
  const auto block = sim.timeline.next(sim.timeline.next_timeout());
  ASSERT_TRUE(block);
  EXPECT_EQ(block->at, kStart + 1min);
  EXPECT_TRUE(block->silent);
}

}  // namespace
}  // namespace pixelpass::encode
