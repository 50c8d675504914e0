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

/// Lays pictures out in rows, in their own size, such that they are seen as large as can be on a viewer's
/// screen of 16:9; where two ways are as good, in fewer rows. What is smaller than its row lies in the middle
/// of it. All places and the whole are even, as 4:2:0 wants them. Sans-IO.
SideBySide side_by_side(std::span<const Size> sizes);

}  // namespace pixelpass::capture
