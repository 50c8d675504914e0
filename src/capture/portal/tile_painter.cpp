#include "capture/portal/tile_painter.hpp"

#include "pixelpass/capture/orientation.hpp"

#include "capture/portal/pointer_arrow.hpp"
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

namespace pixelpass::capture {
namespace {

/// A pixel's position in the picture's memory.
struct Spot {
  int x;
  int y;
};

/// The position in memory of a pixel of the upright picture. `size`: of the picture in memory.
Spot lying(Spot upright, Size size, Orientation orientation) {
  Spot at = upright;
  switch (orientation.quarter_turns) {
    case 1:
      at = {upright.y, size.height - 1 - upright.x};
      break;
    case 2:
      at = {size.width - 1 - upright.x, size.height - 1 - upright.y};
      break;
    case 3:
      at = {size.width - 1 - upright.y, upright.x};
      break;
    default:
      break;
  }
  if (orientation.mirrored) at.x = size.width - 1 - at.x;
  return at;
}

/// The upright position of a pixel in memory.
Spot standing(Spot lying, Size size, Orientation orientation) {
  if (orientation.mirrored) lying.x = size.width - 1 - lying.x;
  switch (orientation.quarter_turns) {
    case 1:
      return {size.height - 1 - lying.y, lying.x};
    case 2:
      return {size.width - 1 - lying.x, size.height - 1 - lying.y};
    case 3:
      return {lying.y, size.width - 1 - lying.x};
    default:
      return lying;
  }
}

bool is_within(Spot spot, Size size) {
  return spot.x >= 0 && spot.y >= 0 && spot.x < size.width && spot.y < size.height;
}

/// The full-range value (0 to 255) for a limited-range one (16 to 235).
std::uint8_t widened(std::uint8_t limited) {
  constexpr int kBlack = 16;
  constexpr int kWhite = 235;
  constexpr int kSteps = kWhite - kBlack;
  const int above = std::clamp<int>(limited, kBlack, kWhite) - kBlack;
  return static_cast<std::uint8_t>((above * 255 + kSteps / 2) / kSteps);
}

class MappedTile {
 public:
  explicit MappedTile(GstSample* picture) : orientation_(orientation_of(picture)) {
    mapped_ = gst_video_info_from_caps(&info_, gst_sample_get_caps(picture)) != FALSE &&
              GST_VIDEO_INFO_N_PLANES(&info_) == 1 &&
              GST_VIDEO_INFO_COMP_PSTRIDE(&info_, 0) == static_cast<int>(kPixelBytes) &&
              gst_video_frame_map(&frame_, &info_, gst_sample_get_buffer(picture), GST_MAP_READ) != FALSE;
  }
  ~MappedTile() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedTile(const MappedTile&) = delete;
  MappedTile& operator=(const MappedTile&) = delete;

  [[nodiscard]] bool is_mapped() const { return mapped_; }

  /// Copies `to.size()` pixels of a row of the upright picture, from the left.
  void copy_row(int y, std::span<std::uint32_t> to) const {
    if (orientation_.is_upright() && is_bgr() && !is_limited()) {
      std::memcpy(to.data(), at({0, y}), to.size_bytes());
      return;
    }
    const Size size{GST_VIDEO_INFO_WIDTH(&info_), GST_VIDEO_INFO_HEIGHT(&info_)};
    for (std::size_t x = 0; x < to.size(); ++x)
      to[x] = bgr(at(lying({static_cast<int>(x), y}, size, orientation_)));
  }

 private:
  static constexpr std::size_t kPixelBytes = 4;

  [[nodiscard]] std::size_t byte_of(unsigned colour) const {
    return static_cast<std::size_t>(GST_VIDEO_INFO_COMP_POFFSET(&info_, colour));
  }
  [[nodiscard]] bool is_bgr() const { return byte_of(0) == 2 && byte_of(1) == 1 && byte_of(2) == 0; }
  [[nodiscard]] bool is_limited() const { return info_.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235; }
  [[nodiscard]] const std::uint8_t* at(Spot spot) const {
    const auto* first = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0));
    return first + std::ptrdiff_t{spot.y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0) +
           std::ptrdiff_t{spot.x} * static_cast<std::ptrdiff_t>(kPixelBytes);
  }
  [[nodiscard]] std::uint32_t bgr(const std::uint8_t* pixel) const {
    std::array<std::uint8_t, kPixelBytes> bytes{pixel[byte_of(2)], pixel[byte_of(1)], pixel[byte_of(0)],
                                                0xff};
    if (is_limited()) std::ranges::transform(bytes, bytes.begin(), widened);
    std::uint32_t joined = 0;
    std::memcpy(&joined, bytes.data(), sizeof joined);
    return joined;
  }

  const Orientation orientation_;
  GstVideoInfo info_{};
  GstVideoFrame frame_{};
  bool mapped_ = false;
};

std::optional<Size> size_in_memory(GstSample* picture) {
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, gst_sample_get_caps(picture)) == FALSE) return std::nullopt;
  return Size{GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
}

/// Blends one pixel. `at`: where the picture was painted; `stands`: position in the upright picture.
void blend_at(const MosaicCanvas& canvas, const PicturePart& at, Spot stands, std::uint32_t pixel) {
  const Spot spot{at.x + stands.x, at.y + stands.y};
  if (!is_within(spot, canvas.size)) return;
  auto& below = canvas.pixels[static_cast<std::size_t>(spot.y) * static_cast<std::size_t>(canvas.size.width) +
                              static_cast<std::size_t>(spot.x)];
  below = blend(pixel, below);
}

/// Calls `draw(spot, pixel)` for each of the image's pixels, with its hot spot at this point.
template <class Draw>
void for_each_pixel(const PointerImage& image, Point points_at, const Draw& draw) {
  auto pixel = image.pixels.begin();
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x, ++pixel)
      draw(Spot{points_at.x - image.hot.x + x, points_at.y - image.hot.y + y}, *pixel);
}

}  // namespace

std::optional<Size> upright_size(GstSample* picture) {
  auto size = size_in_memory(picture);
  if (size && orientation_of(picture).is_sideways()) std::swap(size->width, size->height);
  return size;
}

bool paint_tile(GstSample* picture, const MosaicCanvas& canvas, const PicturePart& at) {
  const MappedTile tile(picture);
  const auto size = upright_size(picture);
  if (!tile.is_mapped() || !size || at.x < 0 || at.y < 0) return false;
  const int width = std::min(size->width, canvas.size.width - at.x);
  const int height = std::min(size->height, canvas.size.height - at.y);
  for (int y = 0; y < height && width > 0; ++y) {
    const auto row = static_cast<std::size_t>(at.y + y) * static_cast<std::size_t>(canvas.size.width);
    tile.copy_row(
        y, canvas.pixels.subspan(row + static_cast<std::size_t>(at.x), static_cast<std::size_t>(width)));
  }
  return true;
}

void paint_pointer(const PointerImage& image, Point points_at, GstSample* picture, const MosaicCanvas& canvas,
                   const PicturePart& at) {
  const auto lying_size = size_in_memory(picture);
  if (!lying_size) return;
  const auto orientation = orientation_of(picture);
  for_each_pixel(image, points_at, [&](Spot lies, std::uint32_t pixel) {
    if (!is_within(lies, *lying_size)) return;
    blend_at(canvas, at, standing(lies, *lying_size, orientation), pixel);
  });
}

void paint_arrow(Point points_at, GstSample* picture, const MosaicCanvas& canvas, const PicturePart& at) {
  const auto lying_size = size_in_memory(picture);
  const auto upright = upright_size(picture);
  if (!lying_size || !upright) return;
  const auto tip = standing({points_at.x, points_at.y}, *lying_size, orientation_of(picture));
  for_each_pixel(pointer_arrow(), {tip.x, tip.y}, [&](Spot stands, std::uint32_t pixel) {
    if (is_within(stands, *upright)) blend_at(canvas, at, stands, pixel);
  });
}

}  // namespace pixelpass::capture
