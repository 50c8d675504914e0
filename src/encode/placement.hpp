#pragma once

#include "pixelpass/media/size.hpp"

#include <optional>

namespace pixelpass::encode {

/// The largest size inside of `box` that keeps the source's aspect ratio: smaller or larger than the source,
/// which is what `--size` asks for. Both sides even, as 4:2:0 wants them, and at least 2.
Size fit(Size source, Size box);

/// The source's own size, less one where a side is odd.
Size even(Size source);

/// The sizes that an encoder takes.
struct SizeLimits {
  Size smallest{128, 128};  ///< hardware encoders begin here at the latest
  Size largest{8192, 8192};
};

/// Where the source lies in the encoded picture: in the middle of `whole`; everything outside `content` is
/// black.
struct Placement {
  Size whole;
  Size content;

  [[nodiscard]] bool has_borders() const { return whole != content; }
  friend bool operator==(const Placement&, const Placement&) = default;
};

/// Places a source of any size, even 1x1 or 30000x2, in a picture that an encoder and its decoders take. That
/// is as large as the source, or as `box` makes it; smaller, with the same aspect ratio, where that exceeds
/// the limits or the largest picture of H.264 (level 6.2: 8192x4352); with borders where a side is too short.
/// All sides are even.
/// `percent`: the part of each side's length that is left.
Placement place(Size source, std::optional<Size> box, const SizeLimits& limits = {}, int percent = 100);

}  // namespace pixelpass::encode
