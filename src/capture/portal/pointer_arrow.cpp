#include "capture/portal/pointer_arrow.hpp"

#include <cstdint>
#include <string_view>

namespace pixelpass::capture {
namespace {

constexpr int kArrowWidth = 12;
/// The arrow, row by row: dark (#) with a light edge (o), so that it is visible on any background.
constexpr std::string_view kArrow =
    "o           "
    "oo          "
    "o#o         "
    "o##o        "
    "o###o       "
    "o####o      "
    "o#####o     "
    "o######o    "
    "o#######o   "
    "o########o  "
    "o#########o "
    "o######ooooo"
    "o###o##o    "
    "o##oo##o    "
    "o#o  o##o   "
    "oo   o##o   "
    "o     o##o  "
    "      o##o  "
    "       oo   ";

std::uint32_t arrow_colour(char drawn) {
  switch (drawn) {
    case '#':
      return 0xff'00'00'00;
    case 'o':
      return 0xff'ff'ff'ff;
    default:
      return 0;
  }
}

PointerImage draw_arrow() {
  PointerImage image{kArrowWidth, static_cast<int>(kArrow.size()) / kArrowWidth, {0, 0}, {}};
  for (const char drawn : kArrow) image.pixels.push_back(arrow_colour(drawn));
  return image;
}

}  // namespace

const PointerImage& pointer_arrow() {
  static const PointerImage arrow = draw_arrow();
  return arrow;
}

}  // namespace pixelpass::capture
