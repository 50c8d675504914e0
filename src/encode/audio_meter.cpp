#include "encode/audio_meter.hpp"

#include <algorithm>
#include <cmath>

namespace pixelpass::encode {
namespace {

/// A value that is not a number counts as silence.
double decibels(double amplitude) {
  constexpr double kDecibelsPerDecade = 20;
  if (!(amplitude > 0)) return AudioLevel::kSilenceDb;
  return std::max(kDecibelsPerDecade * std::log10(amplitude), AudioLevel::kSilenceDb);
}

}  // namespace

void AudioMeter::add(std::span<const float> samples) {
  double squares = 0;
  float peak = 0;
  for (const float sample : samples) {
    squares += static_cast<double>(sample) * static_cast<double>(sample);
    peak = std::max(peak, std::abs(sample));
  }
  const std::lock_guard lock(mutex_);
  squares_ += squares;
  peak_ = std::max(peak_, peak);
  samples_ += samples.size();
}

std::optional<AudioLevel> AudioMeter::take() {
  const std::lock_guard lock(mutex_);
  if (samples_ == 0) return std::nullopt;
  const AudioLevel level{decibels(std::sqrt(squares_ / static_cast<double>(samples_))),
                         decibels(static_cast<double>(peak_))};
  squares_ = 0;
  peak_ = 0;
  samples_ = 0;
  return level;
}

}  // namespace pixelpass::encode
