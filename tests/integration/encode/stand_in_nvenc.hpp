#pragma once

#include <cstdint>

namespace pixelpass::encode {

/// In place of GStreamer's nvcodec plugin where there is no NVIDIA GPU: an element nvh264enc with the pads
/// and properties (names, types, words) of one of its generations, which encodes with x264enc inside.
/// Registered in this process for as long as this lives. Needs x264enc.
class StandInNvenc {
 public:
  enum class Generation : std::uint8_t {
    kOld,  ///< to 1.22: sys/nvcodec/gstnvbaseenc.c, gstnvh264enc.c
    kNew,  ///< since: gstnvh264encoder.cpp
  };
  explicit StandInNvenc(Generation generation);
  ~StandInNvenc();
  StandInNvenc(const StandInNvenc&) = delete;
  StandInNvenc& operator=(const StandInNvenc&) = delete;
};

}  // namespace pixelpass::encode
