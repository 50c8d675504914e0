#include "pixelpass/capture/audio/stereo_mix.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace pixelpass::capture {
namespace {

using Frame = std::array<float, kPlaces>;

/// A mix of its own, for as many frames.
class Mixer {
 public:
  std::array<float, 2> mix(const Frame& frame) {
    std::array<float, 2> stereo{};
    mix_.mix(frame, stereo);
    return stereo;
  }
  /// The last of `count` alike.
  std::array<float, 2> mix(const Frame& frame, int count) {
    std::array<float, 2> last{};
    for (int i = 0; i < count; ++i) last = mix(frame);
    return last;
  }

 private:
  StereoMix mix_;
};

Frame only(Place place, float level) {
  Frame frame{};
  frame.at(static_cast<std::size_t>(place)) = level;
  return frame;
}

TEST(StereoMix, EachPlaceIsAsLoudAsTheStandardSays) {
  struct Wanted {
    Place place;
    float left, right;
  };
  for (const auto& [place, left, right] :
       {Wanted{Place::kFrontLeft, 0.5F, 0}, Wanted{Place::kFrontRight, 0, 0.5F},
        Wanted{Place::kFrontCentre, 0.35355F, 0.35355F}, Wanted{Place::kRearCentre, 0.25F, 0.25F},
        Wanted{Place::kSideLeft, 0.35355F, 0}, Wanted{Place::kSideRight, 0, 0.35355F}}) {
    const auto stereo = Mixer().mix(only(place, 0.5F));
    EXPECT_NEAR(stereo[0], left, 1e-4) << kPlaceNames.at(static_cast<std::size_t>(place));
    EXPECT_NEAR(stereo[1], right, 1e-4) << kPlaceNames.at(static_cast<std::size_t>(place));
  }
}

TEST(StereoMix, FullScaleStereoPassesBitForBit) {
  Mixer mixer;
  for (const float sample : {1.0F, -1.0F, 0.123F, -0.999F}) {
    const auto stereo = mixer.mix({sample, -sample, 0, 0, 0, 0});
    EXPECT_EQ(stereo[0], sample);
    EXPECT_EQ(stereo[1], -sample);
  }
}

TEST(StereoMix, WhatIsTooLoudIsTurnedDownOnBothSidesAlike) {
  Mixer mixer;
  for (int i = 0; i < 1000; ++i) {
    const float wave = std::sin(static_cast<float>(i) * 0.1F);
    const auto stereo = mixer.mix({wave, wave / 2, wave, wave, wave, 0});
    EXPECT_LE(std::abs(stereo[0]), 1.00001F);
    const float left = wave * (1 + 2 * 0.70710678F + 0.5F);
    const float right = wave * (0.5F + 0.70710678F + 0.5F);
    if (std::abs(stereo[0]) > 0.01F) {
      EXPECT_NEAR(stereo[1] / stereo[0], right / left, 1e-4);
    }
  }
}

TEST(StereoMix, LoudnessComesBackInHalfASecond) {
  Mixer mixer;
  mixer.mix({4, 0, 0, 0, 0, 0});
  EXPECT_LT(mixer.mix({0.5F, 0, 0, 0, 0, 0})[0], 0.2F);
  EXPECT_NEAR(mixer.mix({0.5F, 0, 0, 0, 0, 0}, 24'000)[0], 0.5F, 0.05F);
}

TEST(StereoMix, WhatIsNoNumberIsSilenceAndDoesNotStay) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    Mixer mixer;
    const auto stereo = mixer.mix({bad, 0.25F, bad, 0, 0, 0});
    EXPECT_EQ(stereo[0], 0);
    EXPECT_EQ(stereo[1], 0.25F);
    EXPECT_EQ(mixer.mix({0.5F, 0, 0, 0, 0, 0})[0], 0.5F);
  }
  Mixer mixer;
  constexpr float kMost = std::numeric_limits<float>::max();
  EXPECT_LE(mixer.mix({kMost, kMost, kMost, kMost, kMost, kMost})[0], 1.00001F);
  EXPECT_NEAR(mixer.mix({0.5F, 0, 0, 0, 0, 0}, 96'000)[0], 0.5F, 0.01F);
}

TEST(StereoMix, AFrameThatIsCutOffIsLeftOut) {
  StereoMix mix;
  const std::vector<float> channels(2 * kPlaces - 1, 0.5F);
  std::array<float, 4> stereo{9, 9, 9, 9};
  mix.mix(channels, stereo);
  EXPECT_NE(stereo[1], 9);
  EXPECT_EQ(stereo[2], 9);
}

}  // namespace
}  // namespace pixelpass::capture
