#pragma once

#include "pixelpass/gst/gst.hpp"
#include "pixelpass/media/size.hpp"

#include <gst/video/video.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pixelpass::encode::test {

struct Rgb {
  int r = 0;
  int g = 0;
  int b = 0;
};

/// What a picture shows at a place.
using Paint = std::function<Rgb(int x, int y)>;

inline Paint solid(Rgb colour) {
  return [colour](int, int) { return colour; };
}

/// How a picture lies in its memory.
struct Layout {
  int padding = 0;           ///< bytes after each row, told in a GstVideoMeta
  GstVideoRectangle crop{};  ///< told in a GstVideoCropMeta if it has a width
  const char* also = "";     ///< what else its caps say, as text
};

/// As a portal's caps are: no steady rate, but a highest one.
constexpr const char* kPortalRate = "framerate=(fraction)0/1,max-framerate=(fraction)60/1";

/// A picture as a capture gives it, in one of the formats with 8 bits for each of red, green and blue.
inline gst::Owned<GstSample> make_picture(Size size, const std::string& format, const Paint& paint,
                                          Layout layout = {}) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, gst_video_format_from_string(format.c_str()),
                            static_cast<guint>(size.width), static_cast<guint>(size.height));
  const int pixel_bytes = GST_VIDEO_INFO_COMP_PSTRIDE(&info, 0);
  const auto place = [&info](guint component) {
    return static_cast<std::ptrdiff_t>(GST_VIDEO_INFO_COMP_OFFSET(&info, component));
  };
  const int stride = GST_VIDEO_INFO_PLANE_STRIDE(&info, 0) + layout.padding;
  const auto bytes = info.size + static_cast<gsize>(layout.padding * size.height);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  std::fill_n(map.data, bytes, std::uint8_t{0xAA});
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const Rgb colour = paint(x, y);
      std::uint8_t* pixel = map.data + std::ptrdiff_t{y} * stride + std::ptrdiff_t{x} * pixel_bytes;
      pixel[place(0)] = static_cast<std::uint8_t>(colour.r);
      pixel[place(1)] = static_cast<std::uint8_t>(colour.g);
      pixel[place(2)] = static_cast<std::uint8_t>(colour.b);
    }
  }
  gst_buffer_unmap(buffer, &map);
  if (layout.padding > 0) {
    std::array<gsize, GST_VIDEO_MAX_PLANES> offsets{};
    std::array<gint, GST_VIDEO_MAX_PLANES> strides{stride};
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                   static_cast<guint>(size.width), static_cast<guint>(size.height), 1,
                                   offsets.data(), strides.data());
  }
  if (layout.crop.w > 0) {
    GstVideoCropMeta* crop = gst_buffer_add_video_crop_meta(buffer);
    crop->x = static_cast<guint>(layout.crop.x);
    crop->y = static_cast<guint>(layout.crop.y);
    crop->width = static_cast<guint>(layout.crop.w);
    crop->height = static_cast<guint>(layout.crop.h);
  }
  const gst::Owned<GstBuffer> owned(buffer);
  const gst::Owned<GstCaps> caps(gst_video_info_to_caps(&info));
  const std::unique_ptr<GstStructure, decltype(&gst_structure_free)> also(
      gst_structure_from_string((std::string("also,") + layout.also).c_str(), nullptr), gst_structure_free);
  gst_structure_foreach(
      also.get(),
      [](GQuark field, const GValue* value, gpointer to) -> gboolean {
        gst_caps_set_value(static_cast<GstCaps*>(to), g_quark_to_string(field), value);
        return TRUE;
      },
      caps.get());
  return gst::Owned<GstSample>(gst_sample_new(buffer, caps.get(), nullptr, nullptr));
}

}  // namespace pixelpass::encode::test
