#pragma once

namespace pixelpass::encode {

/// Of a picture, in pixels.
struct Size {
  int width = 0;
  int height = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

/// The largest size inside of `box` that keeps the source's aspect ratio: smaller or larger than the source,
/// which is what `--size` asks for. Both sides even, as 4:2:0 wants them, and at least 2.
Size fit(Size source, Size box);

/// The source's own size, less one where a side is odd.
Size even(Size source);

}  // namespace pixelpass::encode
