#pragma once

#include "pixelpass/media/audio_level.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

namespace pixelpass::encode {

/// Measures how loud the sound is that viewers get. Thread: any.
class AudioMeter {
 public:
  void add(std::span<const float> samples);
  /// The level of all channels' samples since the last call; nullopt: there were none. Resets the meter.
  std::optional<AudioLevel> take();

 private:
  std::mutex mutex_;  ///< guards all below
  double squares_ = 0;
  float peak_ = 0;
  std::size_t samples_ = 0;
};

}  // namespace pixelpass::encode
