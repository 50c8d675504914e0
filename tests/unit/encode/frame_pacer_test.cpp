#include "encode/frame_pacer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace pixelpass::encode {
namespace {

using Picture = FramePacer::Picture;

constexpr Instant kPacerStart{1000s};

struct Encoded {
  Instant at;
  Picture picture;
  bool keyframe;
  Duration late{};  ///< of a new one: since it came
};

Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

/// Drives a pacer as an encoder would that is always free.
class PacerSimulation {
 public:
  explicit PacerSimulation(int fps) : pacer(fps) { pacer.start(false, kPacerStart); }

  void picture(Instant at) {
    run_until(at);
    arrived_ = at;
    pacer.on_picture(at);
    poll(at);
  }
  void run_until(Instant until) {
    for (auto next = pacer.next_timeout(); next && *next <= until; next = pacer.next_timeout()) {
      const Instant at = std::max(*next, now_);
      poll(at);
    }
    now_ = std::max(now_, until);
  }
  /// Pictures at a steady rate with a jitter of at most this either way; the first at `from`.
  Instant play(double hz, Duration length, Duration jitter = {}, Instant from = kPacerStart) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> shift(-1, 1);
    const auto count = static_cast<int>(std::chrono::duration<double>(length).count() * hz);
    for (int i = 0; i < count; ++i)
      picture(from + jitter + seconds(i / hz) + std::chrono::duration_cast<Duration>(jitter * shift(random)));
    return from + jitter + seconds(count / hz);
  }

  [[nodiscard]] std::vector<Encoded> of(Picture kind) const {
    std::vector<Encoded> some;
    std::ranges::copy_if(encoded, std::back_inserter(some),
                         [kind](const auto& one) { return one.picture == kind; });
    return some;
  }

  FramePacer pacer;
  std::vector<Encoded> encoded;

 private:
  void poll(Instant at) {
    now_ = std::max(now_, at);
    for (auto step = pacer.next(at); step.picture != Picture::kNone; step = pacer.next(at))
      encoded.push_back(
          {at, step.picture, step.keyframe, step.picture == Picture::kNewest ? at - arrived_ : Duration{}});
  }

  Instant arrived_;
  Instant now_ = kPacerStart;
};

std::vector<double> spacings_ms(const std::vector<Encoded>& encoded) {
  std::vector<double> spacings;
  for (std::size_t i = 1; i < encoded.size(); ++i)
    spacings.push_back(to_ms(encoded[i].at - encoded[i - 1].at));
  return spacings;
}

double worst_latency_ms(const std::vector<Encoded>& encoded) {
  return to_ms(std::ranges::max_element(encoded, {}, &Encoded::late)->late);
}

/// How many of them were not encoded the moment they came.
auto late_ones(const std::vector<Encoded>& encoded) {
  return std::ranges::count_if(encoded, [](const auto& one) { return one.late > Duration{}; });
}

TEST(FramePacer, HalvesSixtyHertzIntoEvenStepsWithoutDelay) {
  PacerSimulation sim(30);
  sim.play(60, 10s);
  const auto pictures = sim.of(Picture::kNewest);
  EXPECT_NEAR(static_cast<double>(pictures.size()), 300, 1);
  EXPECT_THAT(spacings_ms(pictures), testing::Each(testing::DoubleNear(33.33, 0.01)));
  EXPECT_EQ(worst_latency_ms(pictures), 0);
  EXPECT_TRUE(sim.of(Picture::kLast).empty());
}

TEST(FramePacer, TakesEveryThirdOf180Hertz) {
  PacerSimulation sim(60);
  sim.play(180, 10s);
  const auto pictures = sim.of(Picture::kNewest);
  EXPECT_NEAR(static_cast<double>(pictures.size()), 600, 1);
  auto spacings = spacings_ms(pictures);
  spacings.erase(spacings.begin());  // before the source's rate is known
  EXPECT_THAT(spacings, testing::Each(testing::DoubleNear(16.67, 0.01)));
  EXPECT_EQ(worst_latency_ms(pictures), 0);
}

TEST(FramePacer, LosesNothingOfASourceThatIsNominallyAsFastAsTheCap) {
  for (const double hz : {59.94, 60.0, 60.2}) {
    PacerSimulation sim(60);
    sim.play(hz, 60s);
    EXPECT_EQ(sim.of(Picture::kNewest).size(), static_cast<std::size_t>(60 * hz)) << hz;
    EXPECT_EQ(worst_latency_ms(sim.encoded), 0) << hz;
    EXPECT_TRUE(sim.of(Picture::kLast).empty()) << hz;
  }
}

TEST(FramePacer, HalvesRatesThatAreNotQuiteDouble) {
  for (const double hz : {59.94, 60.05, 59.8}) {
    PacerSimulation sim(30);
    sim.play(hz, 60s);
    const auto pictures = sim.of(Picture::kNewest);
    EXPECT_NEAR(static_cast<double>(pictures.size()), 30 * hz, 2) << hz;
    EXPECT_EQ(worst_latency_ms(pictures), 0) << hz;
    EXPECT_THAT(spacings_ms(pictures), testing::Each(testing::DoubleNear(2000 / hz, 0.01))) << hz;
  }
}

TEST(FramePacer, JitterCostsNeitherPicturesNorTime) {
  PacerSimulation same(30);
  same.play(30, 60s, 4ms);
  EXPECT_GE(same.of(Picture::kNewest).size(), 1799U);
  EXPECT_EQ(late_ones(same.encoded), 0);

  PacerSimulation half(30);
  half.play(60, 60s, 2ms);
  const auto pictures = half.of(Picture::kNewest);
  EXPECT_NEAR(static_cast<double>(pictures.size()), 1800, 10);
  EXPECT_LT(late_ones(pictures), 20);
  EXPECT_THAT(spacings_ms(pictures), testing::Each(testing::Lt(33.4 + 17)));
}

TEST(FramePacer, IsNeverFasterThanTheCapWhateverTheSource) {
  for (const double hz : {61.0, 75.0, 90.0, 100.0, 120.0, 144.0, 165.0, 240.0, 1000.0}) {
    for (const Duration jitter : {Duration{}, Duration{3ms}}) {
      PacerSimulation sim(60);
      sim.play(hz, 20s, jitter);
      const auto pictures = sim.of(Picture::kNewest);
      EXPECT_LE(pictures.size(), 20 * 60 * 1.005 + 2) << hz;
      EXPECT_GE(pictures.size(), 20U * 45) << hz;  // 90 Hz: every other one, in even steps
      EXPECT_LE(worst_latency_ms(pictures), 16.7 * 1.4) << hz;
    }
  }
}

TEST(FramePacer, ABurstGivesItsFirstAtOnceAndItsNewestWhenThatIsDue) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  for (int i = 1; i <= 5; ++i) sim.picture(kPacerStart + i * 2ms);
  sim.run_until(kPacerStart + 60ms);
  const auto pictures = sim.of(Picture::kNewest);
  ASSERT_EQ(pictures.size(), 2U);
  EXPECT_EQ(pictures[0].late, Duration{});
  EXPECT_NEAR(to_ms(pictures[1].at - kPacerStart), 33.2, 0.1);
  EXPECT_NEAR(to_ms(pictures[1].late), 23.2, 0.1);
}

TEST(FramePacer, TheLastPictureOfAMovementIsNeverLost) {
  for (int count = 1; count < 40; ++count) {
    PacerSimulation sim(30);
    Instant last = kPacerStart;
    for (int i = 0; i < count; ++i) sim.picture(last = kPacerStart + i * 7ms);
    sim.run_until(last + 50ms);
    const auto pictures = sim.of(Picture::kNewest);
    ASSERT_FALSE(pictures.empty());
    EXPECT_GE(pictures.back().at, last);
    EXPECT_LE(to_ms(pictures.back().at - last), 33.4 * 1.4);
  }
}

TEST(FramePacer, RepeatsAStillPictureAtTheFrameIntervalUntilItIsSharp) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  sim.run_until(kPacerStart + 4s);
  const auto repeats = sim.of(Picture::kLast);
  EXPECT_NEAR(to_ms(repeats.front().at - kPacerStart), 50, 0.01);
  EXPECT_NEAR(static_cast<double>(repeats.size()), 119, 1);
  EXPECT_THAT(spacings_ms(repeats), testing::Each(testing::DoubleNear(33.33, 0.01)));
}

TEST(FramePacer, RepeatsASharpStillPictureTwelveTimesASecond) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  sim.run_until(kPacerStart + 5s);
  sim.encoded.clear();
  sim.run_until(kPacerStart + 15s);
  EXPECT_NEAR(static_cast<double>(sim.encoded.size()), 125, 1);
  EXPECT_THAT(spacings_ms(sim.of(Picture::kLast)), testing::Each(testing::DoubleNear(80, 0.01)));
}

TEST(FramePacer, APictureAfterALongStillTimeGoesAtOnceAndIsMadeSharpAgain) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  const Instant later = kPacerStart + 20s + 13ms;
  sim.picture(later);
  EXPECT_EQ(sim.encoded.back().picture, Picture::kNewest);
  EXPECT_EQ(sim.encoded.back().at, later);
  sim.encoded.clear();
  sim.run_until(later + 3s);
  EXPECT_NEAR(static_cast<double>(sim.encoded.size()), 89, 1);
}

TEST(FramePacer, ASlowRateIsNotRepeatedFasterThanItself) {
  PacerSimulation sim(5);
  sim.picture(kPacerStart);
  sim.run_until(kPacerStart + 20s);
  EXPECT_THAT(spacings_ms(sim.of(Picture::kLast)), testing::Each(testing::DoubleNear(200, 0.01)));
}

TEST(FramePacer, ALateDriverStaysInStepAndDoesNotHurryAfterAPause) {
  FramePacer pacer(30);
  pacer.start(true, kPacerStart);
  int steps = 0;
  Instant now = kPacerStart;
  for (int i = 0; i < 100; ++i) {
    now = *pacer.next_timeout() + 1ms;
    if (pacer.next(now).picture == Picture::kLast) ++steps;
  }
  EXPECT_EQ(steps, 100);
  EXPECT_NEAR(to_ms(now - kPacerStart), 99 * 33.33, 3);
  now += 1s;
  EXPECT_EQ(pacer.next(now).picture, Picture::kLast);
  EXPECT_EQ(pacer.next(now).picture, Picture::kNone);
  EXPECT_GE(*pacer.next_timeout() - now, 16ms);
}

TEST(FramePacer, RepeatsDoNotDelayTheNextPicture) {
  for (int after = 40; after < 200; after += 3) {
    PacerSimulation sim(30);
    sim.picture(kPacerStart);
    sim.picture(kPacerStart + after * 1ms);
    EXPECT_EQ(sim.of(Picture::kNewest).back().late, Duration{}) << after;
  }
}

TEST(FramePacer, ASlowFilmIsNotRepeated) {
  PacerSimulation sim(30);
  sim.play(24, 10s, 2ms);
  EXPECT_EQ(sim.of(Picture::kNewest).size(), 240U);
  EXPECT_EQ(late_ones(sim.encoded), 0);
  EXPECT_TRUE(sim.of(Picture::kLast).empty());
}

/// Times of keyframes in seconds.
std::vector<double> keyframes(const PacerSimulation& sim) {
  std::vector<double> times;
  for (const auto& one : sim.encoded)
    if (one.keyframe) times.push_back(to_ms(one.at - kPacerStart) / 1000);
  return times;
}

TEST(FramePacer, KeyframesComeEveryTwoSecondsOfAMovingPicture) {
  PacerSimulation sim(30);
  sim.play(60, 9s);
  const auto times = keyframes(sim);
  ASSERT_EQ(times.size(), 5U);
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(times[i], 2.0 * static_cast<double>(i), 0.05 * static_cast<double>(i + 1));
}

TEST(FramePacer, KeyframesOfAStillPictureComeEveryFiveMinutes) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  sim.run_until(kPacerStart + 650s);
  const auto times = keyframes(sim);
  ASSERT_EQ(times.size(), 3U);
  EXPECT_NEAR(times[1], 300, 0.1);
  EXPECT_NEAR(times[2], 600, 0.2);
}

TEST(FramePacer, TheFirstPictureAfterAStillTimeIsNoKeyframeButOneComesSoon) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  sim.run_until(kPacerStart + 15s);
  sim.play(30, 2s, {}, kPacerStart + 15s);
  const auto times = keyframes(sim);
  ASSERT_GE(times.size(), 2U);
  EXPECT_GT(times[1], 15.2);
  EXPECT_LT(times[1], 17.1);
}

TEST(FramePacer, ABlinkingCursorHardlyBringsKeyframesSooner) {
  PacerSimulation sim(30);
  sim.play(2, 30s);
  EXPECT_LE(keyframes(sim).size(), 4U);
}

TEST(FramePacer, AKeyframeThatIsAskedForComesAtOnce) {
  PacerSimulation sim(30);
  sim.picture(kPacerStart);
  sim.run_until(kPacerStart + 1s);
  sim.pacer.ask_for_keyframe();
  EXPECT_LE(*sim.pacer.next_timeout(), kPacerStart + 1s);
  const auto step = sim.pacer.next(kPacerStart + 1s);
  EXPECT_EQ(step.picture, Picture::kLast);
  EXPECT_TRUE(step.keyframe);
  EXPECT_FALSE(sim.pacer.next(kPacerStart + 1s + 34ms).keyframe);
}

TEST(FramePacer, AKeyframeThatIsAskedForTakesThePictureThatWaits) {
  FramePacer pacer(30);
  pacer.start(false, kPacerStart);
  pacer.on_picture(kPacerStart);
  EXPECT_TRUE(pacer.next(kPacerStart).keyframe);
  pacer.on_picture(kPacerStart + 5ms);
  EXPECT_EQ(pacer.next(kPacerStart + 5ms).picture, Picture::kNone);
  pacer.ask_for_keyframe();
  const auto step = pacer.next(kPacerStart + 6ms);
  EXPECT_EQ(step.picture, Picture::kNewest);
  EXPECT_TRUE(step.keyframe);
}

TEST(FramePacer, BeginsWithTheLastPictureAsAKeyframeIfThereIsOne) {
  FramePacer pacer(30);
  pacer.start(false, kPacerStart);
  EXPECT_EQ(pacer.next_timeout(), std::nullopt);
  EXPECT_EQ(pacer.next(kPacerStart + 1s).picture, Picture::kNone);
  pacer.start(true, kPacerStart + 2s);
  const auto step = pacer.next(kPacerStart + 2s);
  EXPECT_EQ(step.picture, Picture::kLast);
  EXPECT_TRUE(step.keyframe);
  // And a real one does not have to wait for the repeat's token.
  pacer.on_picture(kPacerStart + 2s + 1ms);
  EXPECT_EQ(pacer.next(kPacerStart + 2s + 1ms).picture, Picture::kNewest);
}

TEST(FramePacer, ABusyEncoderGetsTheNewestWhenItIsFree) {
  FramePacer pacer(60);
  pacer.start(false, kPacerStart);
  for (int i = 0; i < 10; ++i) pacer.on_picture(kPacerStart + i * 10ms);
  EXPECT_EQ(pacer.next(kPacerStart + 95ms).picture, Picture::kNewest);
  EXPECT_EQ(pacer.next(kPacerStart + 95ms).picture, Picture::kNone);
}

TEST(FramePacer, FollowsAChangeOfItsRate) {
  PacerSimulation simulation(60);
  Instant at = simulation.play(60, 1s);
  const auto more_in_a_second_at = [&](int fps) {
    const auto before = simulation.of(Picture::kNewest).size();
    simulation.pacer.set_fps(fps);
    at = simulation.play(60, 1s, {}, at);
    return static_cast<int>(simulation.of(Picture::kNewest).size() - before);
  };
  EXPECT_NEAR(more_in_a_second_at(10), 10, 1);
  EXPECT_NEAR(more_in_a_second_at(30), 30, 3);
  EXPECT_NEAR(more_in_a_second_at(60), 60, 3);
}

}  // namespace
}  // namespace pixelpass::encode
