#include "pixelpass/encode/picture_converter.hpp"

#include <libyuv/convert.h>
#include <libyuv/convert_from.h>
#include <libyuv/scale.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>
#include <thread>

namespace pixelpass::encode {

using capture::Owned;

namespace {

/// libyuv's; it names formats by words, from the highest byte: its ARGB is BGRA in memory.
using ToI420 = int (*)(const std::uint8_t* from, int from_stride, std::uint8_t* y, int y_stride,
                       std::uint8_t* u, int u_stride, std::uint8_t* v, int v_stride, int width, int height);

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

/// A picture's memory, for as long as this lives.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : mapped_(gst_video_frame_map(&frame_, &info, buffer, flags) != FALSE) {}
  ~MappedFrame() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  explicit operator bool() const { return mapped_; }
  GstVideoFrame& operator*() { return frame_; }
  GstVideoFrame* operator->() { return &frame_; }

 private:
  GstVideoFrame frame_{};
  bool mapped_;
};

GstVideoRectangle visible_part(GstBuffer* buffer, Size whole) {
  const GstVideoCropMeta* crop = gst_buffer_get_video_crop_meta(buffer);
  if (crop == nullptr) return {0, 0, whole.width, whole.height};
  const int x = std::min(static_cast<int>(crop->x), whole.width - 1);
  const int y = std::min(static_cast<int>(crop->y), whole.height - 1);
  return {x, y, std::clamp(static_cast<int>(crop->width), 1, whole.width - x),
          std::clamp(static_cast<int>(crop->height), 1, whole.height - y)};
}

std::uint8_t* plane(GstVideoFrame& frame, guint index) {
  return static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, index));
}

}  // namespace

struct PictureConverter::Planes {
  std::uint8_t* y;
  std::uint8_t* u;
  std::uint8_t* v;
  int y_stride;
  int uv_stride;
};

struct PictureConverter::Source {
  GstVideoFrame& frame;
  GstVideoRectangle visible;
};

void PictureConverter::FreePool::operator()(GstBufferPool* pool) const noexcept {
  gst_buffer_pool_set_active(pool, FALSE);
  gst_object_unref(pool);
}

ColourMatrix colour_matrix(bool encoder_tells, Size size) {
  // The bounds of mpv, and of VLC but for its width.
  constexpr int kWide = 1280;
  constexpr int kHigh = 576;
  const bool assumed_709 = size.width >= kWide || size.height > kHigh;
  return !encoder_tells && assumed_709 ? ColourMatrix::kBt709 : ColourMatrix::kBt601;
}

Size visible_size(GstSample* picture) {
  GstCaps* caps = gst_sample_get_caps(picture);
  GstBuffer* buffer = gst_sample_get_buffer(picture);
  if (caps == nullptr || buffer == nullptr || gst_caps_is_empty(caps) != FALSE) return {};
  // Not GstVideoInfo, which does not know what lies in every kind of memory.
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  Size whole;
  if (gst_structure_get_int(fields, "width", &whole.width) == FALSE ||
      gst_structure_get_int(fields, "height", &whole.height) == FALSE || whole.width < 1 || whole.height < 1)
    return {};
  const auto part = visible_part(buffer, whole);
  return {part.w, part.h};
}

PictureConverter::PictureConverter(Size to, GstVideoFormat format, ColourMatrix matrix) {
  assert(to == even(to) && (format == GST_VIDEO_FORMAT_I420 || format == GST_VIDEO_FORMAT_NV12));
  gst_video_info_set_format(&output_, format, static_cast<guint>(to.width), static_cast<guint>(to.height));
  output_.colorimetry = {
      .range = GST_VIDEO_COLOR_RANGE_16_235,
      .matrix = matrix == ColourMatrix::kBt601 ? GST_VIDEO_COLOR_MATRIX_BT601 : GST_VIDEO_COLOR_MATRIX_BT709,
      .transfer = GST_VIDEO_TRANSFER_SRGB,
      .primaries = GST_VIDEO_COLOR_PRIMARIES_BT709};
  // libyuv takes the mean of four pixels, whose place is between them.
  if (matrix == ColourMatrix::kBt601) output_.chroma_site = GST_VIDEO_CHROMA_SITE_JPEG;
  const Owned<GstCaps> caps(gst_video_info_to_caps(&output_));
  pool_.reset(gst_video_buffer_pool_new());
  GstStructure* config = gst_buffer_pool_get_config(pool_.get());
  gst_buffer_pool_config_set_params(config, caps.get(), static_cast<guint>(output_.size), 0, 0);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_set_config(pool_.get(), config);
  gst_buffer_pool_set_active(pool_.get(), TRUE);
}

PictureConverter::~PictureConverter() = default;

Owned<GstBuffer> PictureConverter::take_buffer() {
  GstBuffer* buffer = nullptr;
  gst_buffer_pool_acquire_buffer(pool_.get(), &buffer, nullptr);
  return Owned<GstBuffer>(buffer);
}

bool PictureConverter::read_caps(GstCaps* caps) {
  if (caps == nullptr) return false;
  if (input_caps_ && gst_caps_is_strictly_equal(caps, input_caps_.get()) != FALSE) return true;
  input_caps_.reset();
  any_.reset();
  if (gst_video_info_from_caps(&input_, caps) == FALSE) return false;
  input_caps_.reset(gst_caps_ref(caps));
  return true;
}

Owned<GstBuffer> PictureConverter::convert(GstSample* picture) {
  GstBuffer* buffer = gst_sample_get_buffer(picture);
  if (buffer == nullptr || !read_caps(gst_sample_get_caps(picture))) return nullptr;
  MappedFrame from(input_, buffer, GST_MAP_READ);
  if (!from) return nullptr;
  Owned<GstBuffer> converted = take_buffer();
  if (!converted) return nullptr;
  MappedFrame to(output_, converted.get(), GST_MAP_WRITE);
  if (!to) return nullptr;
  const Source source{*from, visible_part(buffer, {from->info.width, from->info.height})};
  const bool fast = output_.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT601 &&
                    fast_path(GST_VIDEO_INFO_FORMAT(&input_)) != nullptr;
  if (fast) {
    convert_fast(source, *to);
  } else {
    convert_any(source, *to);
  }
  return converted;
}

PictureConverter::Planes PictureConverter::scratch(Bytes& memory, Size size) {
  const auto luma = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  memory.resize(luma * 3 / 2);
  return {memory.data(), memory.data() + luma, memory.data() + luma * 5 / 4, size.width, size.width / 2};
}

void PictureConverter::convert_fast(const Source& source, GstVideoFrame& out) {
  const Size to{output_.width, output_.height};
  const Size from = even({source.visible.w, source.visible.h});
  const bool planar = GST_VIDEO_INFO_FORMAT(&output_) == GST_VIDEO_FORMAT_I420;
  const Planes end =
      planar ? Planes{plane(out, 0), plane(out, 1), plane(out, 2), GST_VIDEO_FRAME_PLANE_STRIDE(&out, 0),
                      GST_VIDEO_FRAME_PLANE_STRIDE(&out, 1)}
             : scratch(scaled_, to);
  const Planes first = from == to ? end : scratch(whole_, from);

  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&source.frame, 0);
  const std::uint8_t* pixels =
      plane(source.frame, 0) + std::ptrdiff_t{stride} * source.visible.y +
      std::ptrdiff_t{source.visible.x} * GST_VIDEO_FRAME_COMP_PSTRIDE(&source.frame, 0);
  fast_path(GST_VIDEO_FRAME_FORMAT(&source.frame))(pixels, stride, first.y, first.y_stride, first.u,
                                                   first.uv_stride, first.v, first.uv_stride, from.width,
                                                   from.height);
  if (from != to) {
    libyuv::I420Scale(first.y, first.y_stride, first.u, first.uv_stride, first.v, first.uv_stride, from.width,
                      from.height, end.y, end.y_stride, end.u, end.uv_stride, end.v, end.uv_stride, to.width,
                      to.height, libyuv::kFilterBox);
  }
  if (!planar) {
    libyuv::I420ToNV12(end.y, end.y_stride, end.u, end.uv_stride, end.v, end.uv_stride, plane(out, 0),
                       GST_VIDEO_FRAME_PLANE_STRIDE(&out, 0), plane(out, 1),
                       GST_VIDEO_FRAME_PLANE_STRIDE(&out, 1), to.width, to.height);
  }
}

void PictureConverter::convert_any(const Source& source, GstVideoFrame& out) {
  constexpr unsigned kMostThreads = 4;
  const GstVideoRectangle& part = source.visible;
  const bool same = any_ && std::memcmp(&part, &any_visible_, sizeof part) == 0;
  if (!same) {
    // Dithering would be noise to the encoder.
    const Size size = even({part.w, part.h});
    GstStructure* config = gst_structure_new(
        "config", GST_VIDEO_CONVERTER_OPT_SRC_X, G_TYPE_INT, part.x, GST_VIDEO_CONVERTER_OPT_SRC_Y,
        G_TYPE_INT, part.y, GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, std::min(size.width, part.w),
        GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT, G_TYPE_INT, std::min(size.height, part.h),
        GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE,
        GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT,
        std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads), nullptr);
    any_.reset(gst_video_converter_new(&input_, &output_, config));
    any_visible_ = part;
  }
  gst_video_converter_frame(any_.get(), &source.frame, &out);
}

Owned<GstBuffer> PictureConverter::blank() {
  constexpr int kDark = 32;
  constexpr int kGrey = 128;
  Owned<GstBuffer> buffer = take_buffer();
  MappedFrame to(output_, buffer.get(), GST_MAP_WRITE);
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&*to); ++i) {
    const auto rows = static_cast<std::size_t>(i == 0 ? output_.height : output_.height / 2);
    const auto bytes = static_cast<std::size_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&*to, i)) * rows;
    std::memset(plane(*to, i), i == 0 ? kDark : kGrey, bytes);
  }
  return buffer;
}

}  // namespace pixelpass::encode
