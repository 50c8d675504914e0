#pragma once

#include "pixelpass/capture/audio/channel_places.hpp"

#include <span>

namespace pixelpass::capture {

/// Brings the channels of our node (one a Place) down to two as ITU-R BS.775-3 says (annex 4, table 2): left
/// is L + 0.7071 C + 0.7071 Ls + 0.5 S. Stereo passes as it is, so nothing is scaled beforehand; what is then
/// louder than full scale (a loud film in surround, several applications at once) is turned down for as long
/// as it lasts, both sides alike, rather than cut off. What is no number is silence: an encoder would fail
/// over it. Sans-IO; neither waits nor allocates. Thread: any one.
class StereoMix {
 public:
  /// `channels`: interleaved, kPlaces a frame. `stereo`: two for each frame.
  void mix(std::span<const float> channels, std::span<float> stereo);

 private:
  float gain_ = 1;  ///< of the limiter
};

}  // namespace pixelpass::capture
