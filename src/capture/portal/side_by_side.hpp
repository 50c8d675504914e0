#pragma once

#include "pixelpass/media/size.hpp"

#include "capture/portal/picture_buffer.hpp"

#include <span>
#include <vector>

namespace pixelpass::capture {

/// Where several pictures lie in one.
struct SideBySide {
  Size whole;
  std::vector<PicturePart> parts;  ///< in the order of the pictures; one of no size has no place

  friend bool operator==(const SideBySide&, const SideBySide&) = default;
};

/// Lays pictures out in rows, in their own size, so that they look as large as possible on a viewer's screen
/// of 16:9; of two equally good layouts the one with fewer rows. A picture smaller than its row is centred in
/// it. All places and the whole are even, as 4:2:0 requires. Sans-IO.
SideBySide side_by_side(std::span<const Size> sizes);

}  // namespace pixelpass::capture
