#include "pixelpass/capture/audio/stereo_mix.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace pixelpass::capture {
namespace {

constexpr float kDown = 0.70710678F;  // 3 dB
constexpr float kHalf = 0.5F;

struct Gains {
  float left;
  float right;
};
// Gains in the order of Place.
constexpr std::array<Gains, kPlaces> kGains{
    {{1, 0}, {0, 1}, {kDown, kDown}, {kHalf, kHalf}, {kDown, 0}, {0, kDown}}};

/// The part of the way back to full gain that the limiter makes with each frame: two thirds of the way in 200
/// ms at 48 kHz, too slow to distort and too fast to be noticed as quieter.
constexpr float kRelease = 1.0F / 9600;
/// A limit above any mix of applications, so that sums stay finite.
constexpr float kLoudest = 1e6F;

float cleaned(float sample) {
  return std::isfinite(sample) ? std::clamp(sample, -kLoudest, kLoudest) : 0;
}

}  // namespace

void StereoMix::mix(std::span<const float> channels, std::span<float> stereo) {
  for (std::size_t frame = 0; (frame + 1) * kPlaces <= channels.size(); ++frame) {
    float left = 0;
    float right = 0;
    for (std::size_t i = 0; i < kPlaces; ++i) {
      const float sample = cleaned(channels[frame * kPlaces + i]);
      left += kGains[i].left * sample;
      right += kGains[i].right * sample;
    }
    const float peak = std::max(std::abs(left), std::abs(right));
    gain_ += (1 - gain_) * kRelease;
    if (peak * gain_ > 1) gain_ = 1 / peak;
    stereo[2 * frame] = left * gain_;
    stereo[2 * frame + 1] = right * gain_;
  }
}

}  // namespace pixelpass::capture
