#pragma once

#include "pixelpass/capture/audio/channel_places.hpp"

#include <span>

namespace pixelpass::capture {

/// Mixes our node's channels (one for each Place) down to two by ITU-R BS.775-3 (annex 4, table 2): left is L
/// + 0.7071 C + 0.7071 Ls + 0.5 S. Stereo passes unchanged, so nothing is scaled beforehand. A sum above full
/// scale (a loud film in surround, several applications at once) is not clipped: a limiter lowers both sides
/// alike for as long as it lasts. A sample that is not a number becomes silence, since an encoder would fail
/// at it. Sans-IO; neither waits nor allocates. Thread: any one.
class StereoMix {
 public:
  /// `channels`: interleaved, kPlaces a frame. `stereo`: two for each frame.
  void mix(std::span<const float> channels, std::span<float> stereo);

 private:
  float gain_ = 1;  ///< of the limiter
};

}  // namespace pixelpass::capture
