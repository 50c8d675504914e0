#pragma once

#include "pixelpass/gst/gst.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pixelpass::capture {

/// How a GPU has laid a DMA-BUF out, a "modifier" of drm_fourcc.h: row by row; as its driver knows, and does
/// not say.
inline constexpr std::uint64_t kLinear = 0;
inline constexpr std::uint64_t kImplicit = 0x00ff'ffff'ffff'ffff;

/// Pixels that GPUs draw: four bytes each, in one plane.
struct DrawnPixels {
  std::string_view name;  ///< GStreamer's and PipeWire's
  std::string_view drm;   ///< drm_fourcc.h's code; it counts from the other end of a 32 bit word
};
inline constexpr std::array<DrawnPixels, 4> kDrawnPixels{
    {{"BGRx", "XR24"}, {"BGRA", "AR24"}, {"RGBx", "XB24"}, {"RGBA", "AB24"}}};

/// Layouts of one format of these that an encoder imports, at least one.
struct DmaBufFormat {
  std::string_view drm;  ///< of kDrawnPixels
  std::vector<std::uint64_t> layouts;

  friend bool operator==(const DmaBufFormat&, const DmaBufFormat&) = default;
};
using DmaBufFormats = std::vector<DmaBufFormat>;

/// The same layouts of each format.
DmaBufFormats in_all_formats(std::span<const std::uint64_t> layouts);
/// Adds these layouts of a format (of kDrawnPixels). True: there was one among them that was not there.
bool add(DmaBufFormats& to, std::string_view drm, std::span<const std::uint64_t> layouts);
/// Leaves the layout out. True: it was there.
bool leave_out(DmaBufFormats& formats, std::uint64_t layout);

/// How a picture lies that comes to be imported, which goes with the sample as its info. Nullopt: it comes to
/// be read.
std::optional<std::uint64_t> layout_of(GstSample* picture);
/// The same picture (its memory is shared), laid out so.
gst::Owned<GstSample> with_layout(GstSample* picture, std::uint64_t layout);

}  // namespace pixelpass::capture
