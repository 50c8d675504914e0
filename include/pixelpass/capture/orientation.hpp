#pragma once

#include "pixelpass/gst/gst.hpp"

#include <optional>
#include <string_view>

namespace pixelpass::capture {

/// What has to be done to a picture that lies in memory as a rotated or mirrored monitor reads it, so that it
/// stands upright: first it is mirrored left to right, if at all, then it is turned clockwise.
struct Orientation {
  bool mirrored = false;
  int quarter_turns = 0;  ///< 0 to 3

  friend bool operator==(const Orientation&, const Orientation&) = default;
  [[nodiscard]] bool is_upright() const { return *this == Orientation{}; }
  /// Width and height change places.
  [[nodiscard]] bool is_sideways() const { return quarter_turns % 2 != 0; }
};

/// Reads GStreamer's tag "image-orientation": "rotate-90", "flip-rotate-270". Nullopt: it is none of the
/// eight.
std::optional<Orientation> orientation_named(std::string_view tag);

/// A picture's, which goes with the sample as its info; upright where none was told.
Orientation orientation_of(GstSample* picture);
/// The same picture (its memory is shared), with another one.
gst::Owned<GstSample> with_orientation(GstSample* picture, Orientation orientation);

}  // namespace pixelpass::capture
