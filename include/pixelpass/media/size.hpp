#pragma once

namespace pixelpass {

/// The size of a picture, in pixels.
struct Size {
  int width = 0;
  int height = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

}  // namespace pixelpass
