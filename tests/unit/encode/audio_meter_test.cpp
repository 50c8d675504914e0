#include "encode/audio_meter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace pixelpass::encode {
namespace {

/// Stereo at 48 kHz; `right`: how loud the right channel is beside the left.
std::vector<float> tone_of(double hertz, double amplitude, std::size_t frames, double right = 1) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < frames; ++i) {
    const double wave = amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 48'000);
    samples.push_back(static_cast<float>(wave));
    samples.push_back(static_cast<float>(wave * right));
  }
  return samples;
}

AudioLevel level_of(const std::vector<float>& samples) {
  AudioMeter meter;
  meter.add(samples);
  return meter.take().value();
}

TEST(AudioMeter, TellsThePeakOfAToneAndItsRmsThreeDecibelsBelow) {
  for (const double hertz : {100.0, 440.0, 5000.0}) {
    const auto loudest = level_of(tone_of(hertz, 1, 48'000));
    EXPECT_NEAR(loudest.peak_db, 0, 0.05) << hertz;
    EXPECT_NEAR(loudest.rms_db, -3.01, 0.01) << hertz;
    const auto tenth = level_of(tone_of(hertz, 0.1, 48'000));
    EXPECT_NEAR(tenth.peak_db, -20, 0.05) << hertz;
    EXPECT_NEAR(tenth.rms_db, -23.01, 0.01) << hertz;
  }
}

TEST(AudioMeter, TellsOfBothChannelsTogether) {
  const auto left_alone = level_of(tone_of(440, 1, 48'000, 0));
  EXPECT_NEAR(left_alone.peak_db, 0, 0.05);
  EXPECT_NEAR(left_alone.rms_db, -6.02, 0.01);
}

TEST(AudioMeter, SeesSilenceAsSilenceAndNothingAsNothing) {
  AudioMeter meter;
  EXPECT_FALSE(meter.take());
  meter.add(std::vector<float>(2048));
  const auto silence = meter.take();
  ASSERT_TRUE(silence);
  EXPECT_EQ(*silence, AudioLevel{});
  EXPECT_TRUE(silence->is_silent());
  EXPECT_FALSE(meter.take());
}

TEST(AudioMeter, HasWhatCameSinceItWasAskedLast) {
  AudioMeter meter;
  meter.add(tone_of(440, 1, 4800));
  meter.add(std::vector<float>(9600));
  EXPECT_NEAR(meter.take()->rms_db, -6.02, 0.01) << "half of it was silent";
  meter.add(tone_of(440, 0.001, 4800));
  EXPECT_NEAR(meter.take()->peak_db, -60, 0.05) << "the loud one is over";
}

TEST(AudioMeter, IsNotConfusedByWhatIsNoNumber) {
  AudioMeter meter;
  meter.add(std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 0.5F});
  const auto level = meter.take();
  ASSERT_TRUE(level);
  EXPECT_FALSE(std::isnan(level->rms_db));
  EXPECT_FALSE(std::isnan(level->peak_db));
  meter.add(tone_of(440, 1, 4800));
  EXPECT_NEAR(meter.take()->rms_db, -3.01, 0.01) << "it is over";
}

}  // namespace
}  // namespace pixelpass::encode
