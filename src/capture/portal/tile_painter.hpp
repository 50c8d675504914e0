#pragma once

#include "pixelpass/gst/gst.hpp"
#include "pixelpass/media/size.hpp"

#include "capture/pointer_image.hpp"
#include "capture/portal/picture_buffer.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace pixelpass::capture {

/// A picture of BGRx pixels to paint on. The memory is borrowed.
struct MosaicCanvas {
  std::span<std::uint32_t> pixels;  ///< row by row, without gaps
  Size size;
};

/// The size of the upright picture; nullopt: this is no raw picture.
std::optional<Size> upright_size(GstSample* picture);

/// Copies a picture of four bytes a pixel, in main memory, to this place, upright and clipped to the canvas.
/// False: it cannot be read.
bool paint_tile(GstSample* picture, const MosaicCanvas& canvas, const PicturePart& at);

/// Draws a pointer over the picture that was painted there, clipped to it. `points_at`: in the picture as it
/// lies in memory.
void paint_pointer(const PointerImage& image, Point points_at, GstSample* picture, const MosaicCanvas& canvas,
                   const PicturePart& at);

/// Draws an arrow for a pointer whose image is unknown, upright however the picture lies.
void paint_arrow(Point points_at, GstSample* picture, const MosaicCanvas& canvas, const PicturePart& at);

}  // namespace pixelpass::capture
