#pragma once

#include "pixelpass/gst/gst.hpp"

#include <optional>
#include <string_view>

namespace pixelpass::capture {

/// How to turn a picture upright that lies in memory as a rotated or mirrored monitor reads it: first it is
/// mirrored left to right, if at all, then turned clockwise.
struct Orientation {
  bool mirrored = false;
  int quarter_turns = 0;  ///< 0 to 3

  friend bool operator==(const Orientation&, const Orientation&) = default;
  [[nodiscard]] bool is_upright() const { return *this == Orientation{}; }
  /// Whether width and height change places.
  [[nodiscard]] bool is_sideways() const { return quarter_turns % 2 != 0; }
};

/// Parses GStreamer's tag "image-orientation": "rotate-90", "flip-rotate-270". Nullopt: it is none of the
/// eight.
std::optional<Orientation> orientation_named(std::string_view tag);

/// A picture's orientation, which the sample has as its info; upright where there is none.
Orientation orientation_of(GstSample* picture);
/// The same picture (its memory is shared), with this orientation.
gst::Owned<GstSample> with_orientation(GstSample* picture, Orientation orientation);

}  // namespace pixelpass::capture
