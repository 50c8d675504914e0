#pragma once

#include "pixelpass/gst/gst.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pixelpass::capture {

/// Layouts of a DMA-BUF in GPU memory, "modifiers" in drm_fourcc.h: row by row, and one that only the driver
/// knows.
inline constexpr std::uint64_t kLinear = 0;
inline constexpr std::uint64_t kImplicit = 0x00ff'ffff'ffff'ffff;

/// Pixels that GPUs draw: four bytes each, in one plane.
struct DrawnPixels {
  std::string_view name;  ///< GStreamer's and PipeWire's
  std::string_view drm;   ///< drm_fourcc.h's code; it counts from the other end of a 32 bit word
};
inline constexpr std::array<DrawnPixels, 4> kDrawnPixels{
    {{"BGRx", "XR24"}, {"BGRA", "AR24"}, {"RGBx", "XB24"}, {"RGBA", "AB24"}}};

/// The layouts of one format that an encoder imports, at least one.
struct DmaBufFormat {
  std::string_view drm;  ///< of kDrawnPixels
  std::vector<std::uint64_t> layouts;

  friend bool operator==(const DmaBufFormat&, const DmaBufFormat&) = default;
};
using DmaBufFormats = std::vector<DmaBufFormat>;

/// All of kDrawnPixels' formats, each with these layouts.
DmaBufFormats in_all_formats(std::span<const std::uint64_t> layouts);
/// Adds these layouts of a format (of kDrawnPixels). True: at least one of them is new.
bool add(DmaBufFormats& to, std::string_view drm, std::span<const std::uint64_t> layouts);
/// Removes the layout. True: it was there.
bool leave_out(DmaBufFormats& formats, std::uint64_t layout);

/// The layout of a picture that comes to be imported, which the sample has as its info. Nullopt: the picture
/// comes to be read.
std::optional<std::uint64_t> layout_of(GstSample* picture);
/// The same picture (its memory is shared), with this layout.
gst::Owned<GstSample> with_layout(GstSample* picture, std::uint64_t layout);

}  // namespace pixelpass::capture
