#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pixelpass::capture {

/// Where a channel is heard when everything is brought down to two.
struct StereoSides {
  bool left = false;
  bool right = false;

  friend bool operator==(const StereoSides&, const StereoSides&) = default;
};

/// `channel` is PipeWire's name of it (audio.channel: "FL", "MONO", "AUX3"); the port is the `index`th of
/// `count`. Channels of the middle go to both sides. Low frequency effects go nowhere: they repeat what the
/// others have. Channels that say nothing of a place alternate; a single one goes to both sides. Links do not
/// change loudness, so that nothing is scaled. Sans-IO.
StereoSides stereo_sides(std::string_view channel, std::size_t index, std::size_t count);

}  // namespace pixelpass::capture
