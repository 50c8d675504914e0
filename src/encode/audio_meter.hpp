#pragma once

#include "pixelpass/media/audio_level.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

namespace pixelpass::encode {

/// How loud the sound was that viewers get. Thread: any.
class AudioMeter {
 public:
  void add(std::span<const float> samples);
  /// Of the samples since the last call, of all channels together; nullopt: there were none. Begins anew.
  std::optional<AudioLevel> take();

 private:
  std::mutex mutex_;  ///< guards all below
  double squares_ = 0;
  float peak_ = 0;
  std::size_t samples_ = 0;
};

}  // namespace pixelpass::encode
