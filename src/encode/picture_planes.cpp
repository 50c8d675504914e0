#include "encode/picture_planes.hpp"

#include "encode/conversion_pool.hpp"
#include "encode/placement.hpp"
#include <libyuv/convert.h>
#include <libyuv/convert_from.h>
#include <libyuv/scale.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <thread>

namespace pixelpass::encode {
struct PictureConverter::Planes {
  std::uint8_t* y;
  std::uint8_t* u;
  std::uint8_t* v;
  int y_stride;
  int uv_stride;
};

ToI420 fast_path(GstVideoFormat format) {
  switch (format) {
    case GST_VIDEO_FORMAT_BGRx:
    case GST_VIDEO_FORMAT_BGRA:
      return libyuv::ARGBToI420;
    case GST_VIDEO_FORMAT_RGBx:
    case GST_VIDEO_FORMAT_RGBA:
      return libyuv::ABGRToI420;
    case GST_VIDEO_FORMAT_xRGB:
    case GST_VIDEO_FORMAT_ARGB:
      return libyuv::BGRAToI420;
    case GST_VIDEO_FORMAT_xBGR:
    case GST_VIDEO_FORMAT_ABGR:
      return libyuv::RGBAToI420;
    case GST_VIDEO_FORMAT_BGR:
      return libyuv::RGB24ToI420;
    case GST_VIDEO_FORMAT_RGB:
      return libyuv::RAWToI420;
    default:
      return nullptr;
  }
}

PictureConverter::Planes PictureConverter::scratch(Bytes& memory, Size size) {
  const auto luma = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  memory.resize(luma * 3 / 2);
  return {memory.data(), memory.data() + luma, memory.data() + luma * 5 / 4, size.width, size.width / 2};
}

/// The same memory without the borders.
GstVideoFrame PictureConverter::content_of(const GstVideoFrame& out) const {
  GstVideoFrame content = out;
  GST_VIDEO_INFO_WIDTH(&content.info) = place_.w;
  GST_VIDEO_INFO_HEIGHT(&content.info) = place_.h;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&out); ++i) {
    // The first component of planes 1 and 2 is chroma in both formats.
    const int x = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH(out.info.finfo, i, place_.x);
    const int y = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT(out.info.finfo, i, place_.y);
    content.data[i] = static_cast<std::uint8_t*>(out.data[i]) +
                      std::ptrdiff_t{GST_VIDEO_FRAME_PLANE_STRIDE(&out, i)} * y +
                      std::ptrdiff_t{x} * GST_VIDEO_FORMAT_INFO_PSTRIDE(out.info.finfo, i);
  }
  return content;
}

void PictureConverter::paint_borders(GstVideoFrame& out) const {
  constexpr int kBlack = 16;
  constexpr int kNoColour = 128;
  if (content_ == Size{output_.width, output_.height}) return;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&out); ++i) {
    const auto rows = static_cast<std::size_t>(i == 0 ? output_.height : output_.height / 2);
    const auto bytes = static_cast<std::size_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&out, i)) * rows;
    std::memset(plane(out, i), i == 0 ? kBlack : kNoColour, bytes);
  }
}

Result<void> PictureConverter::convert_fast(const Source& source, GstVideoFrame& out) {
  paint_borders(out);
  const Size to = content_;
  const Size from = even({source.visible.w, source.visible.h});
  const bool planar = GST_VIDEO_INFO_FORMAT(&output_) == GST_VIDEO_FORMAT_I420;
  const int luma_stride = GST_VIDEO_FRAME_PLANE_STRIDE(&out, 0);
  const int chroma_stride = GST_VIDEO_FRAME_PLANE_STRIDE(&out, 1);
  std::uint8_t* luma = plane(out, 0) + std::ptrdiff_t{luma_stride} * place_.y + place_.x;
  // Chroma has half as many rows, and half as many samples (or pairs) in each.
  const std::ptrdiff_t chroma =
      std::ptrdiff_t{chroma_stride} * (place_.y / 2) + (planar ? place_.x / 2 : place_.x);
  const Planes end =
      planar ? Planes{luma, plane(out, 1) + chroma, plane(out, 2) + chroma, luma_stride, chroma_stride}
             : scratch(scaled_, to);
  const Planes first = from == to ? end : scratch(whole_, from);

  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&source.frame, 0);
  const std::uint8_t* pixels =
      plane(source.frame, 0) + std::ptrdiff_t{stride} * source.visible.y +
      std::ptrdiff_t{source.visible.x} * GST_VIDEO_FRAME_COMP_PSTRIDE(&source.frame, 0);
  int failed = fast_path(GST_VIDEO_FRAME_FORMAT(&source.frame))(pixels, stride, first.y, first.y_stride,
                                                                first.u, first.uv_stride, first.v,
                                                                first.uv_stride, from.width, from.height);
  if (failed == 0 && from != to) {
    failed = libyuv::I420Scale(first.y, first.y_stride, first.u, first.uv_stride, first.v, first.uv_stride,
                               from.width, from.height, end.y, end.y_stride, end.u, end.uv_stride, end.v,
                               end.uv_stride, to.width, to.height, libyuv::kFilterBox);
  }
  if (failed == 0 && !planar) {
    failed = libyuv::I420ToNV12(end.y, end.y_stride, end.u, end.uv_stride, end.v, end.uv_stride, luma,
                                luma_stride, plane(out, 1) + chroma, chroma_stride, to.width, to.height);
  }
  if (failed != 0) return cannot_convert("libyuv does not convert " + text_of(input_caps_.get()));
  return {};
}

Result<void> PictureConverter::convert_any(const Source& source, GstVideoFrame& out) {
  const bool same = any_ && std::memcmp(&source.visible, &any_visible_, sizeof any_visible_) == 0;
  if (!same) {
    if (auto made = make_any(source.visible); !made) return made;
  }
  gst_video_converter_frame(any_.get(), &source.frame, &out);
  return {};
}

Result<void> PictureConverter::make_any(const GstVideoRectangle& visible) {
  constexpr unsigned kMostThreads = 4;
  constexpr guint kBlack = 0xff000000;
  // Dithering would be noise to the encoder.
  const Size size = even({visible.w, visible.h});
  GstStructure* config = gst_structure_new(
      "config", GST_VIDEO_CONVERTER_OPT_SRC_X, G_TYPE_INT, visible.x, GST_VIDEO_CONVERTER_OPT_SRC_Y,
      G_TYPE_INT, visible.y, GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, std::min(size.width, visible.w),
      GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT, G_TYPE_INT, std::min(size.height, visible.h),
      GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, place_.x, GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT,
      place_.y, GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, place_.w, GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT,
      G_TYPE_INT, place_.h, GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, TRUE,
      GST_VIDEO_CONVERTER_OPT_BORDER_ARGB, G_TYPE_UINT, kBlack, GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
      GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT,
      std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads), nullptr);
  any_.reset(gst_video_converter_new_with_pool(&input_, &output_, config, make_conversion_pool().get()));
  any_visible_ = visible;
  if (!any_) return cannot_convert("GStreamer does not convert " + text_of(input_caps_.get()));
  return {};
}

}  // namespace pixelpass::encode
