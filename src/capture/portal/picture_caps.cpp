#include "capture/portal/picture_caps.hpp"

#include <array>
#include <string>
#include <tuple>

namespace pixelpass::capture {
namespace {

/// The colorimetry for limited range, as gst_video_colorimetry_to_string() writes it: 16 to 235, RGB, sRGB,
/// BT.709. Caps without one mean the same with 0 to 255.
constexpr const char* kLimited = "2:1:7:1";

/// The format, as gst_video_dma_drm_fourcc_to_string() of 1.24 writes it: without a layout it means linear.
std::string drm_name(const StreamFormat& format) {
  std::string name(format.pixels.drm);
  if (format.modifier.value_or(kLinear) == kLinear) return name;
  std::array<char, 24> layout{};
  g_snprintf(layout.data(), layout.size(), ":0x%016" G_GINT64_MODIFIER "x", *format.modifier);
  return name + layout.data();
}

}  // namespace

DmaBufRules dma_buf_rules(unsigned major, unsigned minor, unsigned micro) {
  const auto version = std::tuple(major, minor, micro);
  const bool names_by_drm = version >= std::tuple(1U, 24U, 0U);
  return {names_by_drm, !names_by_drm || version >= std::tuple(1U, 24U, 6U)};
}

DmaBufRules dma_buf_rules() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return dma_buf_rules(major, minor, micro);
}

GstCaps* PictureCaps::of(Size size) {
  if (!caps_ || size != size_) caps_.reset(make(size));
  size_ = size;
  return caps_.get();
}

GstCaps* PictureCaps::make(Size size) const {
  const std::string name(format_.pixels.name);
  GstCaps* caps =
      gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, name.c_str(), "width", G_TYPE_INT,
                          size.width, "height", G_TYPE_INT, size.height, "framerate", GST_TYPE_FRACTION, 0, 1,
                          "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, nullptr);
  if (format_.is_limited) gst_caps_set_simple(caps, "colorimetry", G_TYPE_STRING, kLimited, nullptr);
  if (!import_) return caps;
  gst_caps_set_features(caps, 0, gst_caps_features_new("memory:DMABuf", nullptr));
  if (import_->names_by_drm)
    gst_caps_set_simple(caps, "format", G_TYPE_STRING, "DMA_DRM", "drm-format", G_TYPE_STRING,
                        drm_name(format_).c_str(), nullptr);
  return caps;
}

}  // namespace pixelpass::capture
