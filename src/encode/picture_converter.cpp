#include "encode/picture_converter.hpp"

#include "encode/placement.hpp"
#include <libyuv/convert.h>
#include <libyuv/convert_from.h>
#include <libyuv/scale.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

namespace pixelpass::encode {

using gst::Owned;

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

/// libyuv takes black for 0 and white for 255. A screen that comes as television has them at 16 and 235.
bool has_full_range(const GstVideoInfo& info) {
  return info.colorimetry.range != GST_VIDEO_COLOR_RANGE_16_235;
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

GstVideoRectangle middle(Size whole, Size content) {
  const auto before = [](int all, int part) { return (all - part) / 4 * 2; };
  return {before(whole.width, content.width), before(whole.height, content.height), content.width,
          content.height};
}

Error cannot_convert(const std::string& why) {
  return {"a picture cannot be converted for the encoder: " + why,
          "share another screen or window, or try another --encoder"};
}

std::string text_of(GstCaps* caps) {
  const Owned<gchar> text(gst_caps_to_string(caps));
  return text.get();
}

std::string size_text(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/// Mapped, its pixels may lie in the GPU's own order, which is not told.
bool is_on_gpu(const GstCaps* caps) {
  const GstCapsFeatures* memory = gst_caps_get_size(caps) > 0 ? gst_caps_get_features(caps, 0) : nullptr;
  return memory != nullptr && gst_caps_features_contains(memory, "memory:DMABuf") != FALSE;
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
  return upright({part.w, part.h}, capture::orientation_of(picture));
}

PictureConverter::PictureConverter(Size to, GstVideoFormat format, ColourMatrix matrix,
                                   std::optional<Size> content)
    : matrix_(matrix), content_(content.value_or(to)), place_(middle(to, content_)) {
  assert(to == even(to) && content_ == even(content_));
  assert(format == GST_VIDEO_FORMAT_I420 || format == GST_VIDEO_FORMAT_NV12);
  if (gst_video_info_set_format(&output_, format, static_cast<guint>(to.width),
                                static_cast<guint>(to.height)) == FALSE)
    throw StartupError(cannot_convert("GStreamer has no pictures of " + size_text(to)));
  output_.colorimetry = {
      .range = GST_VIDEO_COLOR_RANGE_16_235,
      .matrix = matrix == ColourMatrix::kBt601 ? GST_VIDEO_COLOR_MATRIX_BT601 : GST_VIDEO_COLOR_MATRIX_BT709,
      .transfer = GST_VIDEO_TRANSFER_SRGB,
      .primaries = GST_VIDEO_COLOR_PRIMARIES_BT709};
  // libyuv takes the mean of four pixels, whose place is between them.
  if (matrix == ColourMatrix::kBt601) output_.chroma_site = GST_VIDEO_CHROMA_SITE_JPEG;
  start_pool();
}

PictureConverter::~PictureConverter() = default;

void PictureConverter::start_pool() {
  const Owned<GstCaps> caps(gst_video_info_to_caps(&output_));
  pool_.reset(gst_video_buffer_pool_new());
  GstStructure* config = gst_buffer_pool_get_config(pool_.get());
  gst_buffer_pool_config_set_params(config, caps.get(), static_cast<guint>(output_.size), 0, 0);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (!caps || gst_buffer_pool_set_config(pool_.get(), config) == FALSE ||
      gst_buffer_pool_set_active(pool_.get(), TRUE) == FALSE)
    throw StartupError(
        cannot_convert("there is no memory for pictures of " + size_text({output_.width, output_.height})));
}

Result<Owned<GstBuffer>> PictureConverter::take_buffer() {
  GstBuffer* buffer = nullptr;
  if (gst_buffer_pool_acquire_buffer(pool_.get(), &buffer, nullptr) != GST_FLOW_OK || buffer == nullptr)
    return cannot_convert("there is no memory for another picture");
  return Owned<GstBuffer>(buffer);
}

Result<void> PictureConverter::read_caps(GstCaps* caps) {
  if (caps == nullptr) return cannot_convert("it does not say what it is");
  if (input_caps_ && gst_caps_is_strictly_equal(caps, input_caps_.get()) != FALSE) return {};
  input_caps_.reset();
  any_.reset();
  if (is_on_gpu(caps)) return cannot_convert("it lies in a GPU's memory: " + text_of(caps));
  if (gst_video_info_from_caps(&input_, caps) == FALSE ||
      GST_VIDEO_INFO_INTERLACE_MODE(&input_) == GST_VIDEO_INTERLACE_MODE_ALTERNATE)
    return cannot_convert("its format is not known here: " + text_of(caps));
  // GstVideoConverter refuses to convert rates and interlacing, neither of which a screen has.
  GST_VIDEO_INFO_FPS_N(&input_) = GST_VIDEO_INFO_FPS_N(&output_);
  GST_VIDEO_INFO_FPS_D(&input_) = GST_VIDEO_INFO_FPS_D(&output_);
  GST_VIDEO_INFO_INTERLACE_MODE(&input_) = GST_VIDEO_INFO_INTERLACE_MODE(&output_);
  input_caps_.reset(gst_caps_ref(caps));
  return {};
}

Result<Owned<GstBuffer>> PictureConverter::convert(GstSample* picture) {
  const auto orientation = capture::orientation_of(picture);
  return orientation.is_upright() ? convert_upright(picture) : convert_turned(picture, orientation);
}

/// Turned last, when it is as small as it gets, and in one format.
Result<Owned<GstBuffer>> PictureConverter::convert_turned(GstSample* picture,
                                                          capture::Orientation orientation) {
  const Size size = upright(content_, orientation);
  if (!lying_ || lying_->content_ != size)
    lying_ = std::make_unique<PictureConverter>(size, GST_VIDEO_FORMAT_I420, matrix_);
  const Result<Owned<GstBuffer>> lying = lying_->convert_upright(picture);
  if (!lying) return lying.error();
  Result<Owned<GstBuffer>> converted = take_buffer();
  if (!converted) return converted;
  MappedFrame from(lying_->output(), lying->get(), GST_MAP_READ);
  MappedFrame to(output_, converted->get(), GST_MAP_WRITE);
  if (!from || !to) return cannot_convert("there is no memory to turn it in");
  paint_borders(*to);
  GstVideoFrame content = content_of(*to);
  if (!turn_picture(*from, orientation, content, turned_)) return cannot_convert("libyuv does not turn it");
  return converted;
}

Result<Owned<GstBuffer>> PictureConverter::convert_upright(GstSample* picture) {
  GstBuffer* buffer = gst_sample_get_buffer(picture);
  if (buffer == nullptr) return cannot_convert("it is empty");
  if (const auto read = read_caps(gst_sample_get_caps(picture)); !read) return read.error();
  MappedFrame from(input_, buffer, GST_MAP_READ);
  if (!from) return cannot_convert("its memory cannot be read as " + text_of(input_caps_.get()));
  Result<Owned<GstBuffer>> converted = take_buffer();
  if (!converted) return converted;
  MappedFrame to(output_, converted->get(), GST_MAP_WRITE);
  if (!to) return cannot_convert("there is no memory to write it to");
  const Source source{*from, visible_part(buffer, {from->info.width, from->info.height})};
  // The fast path reads whole pairs of pixels.
  const bool fast = output_.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT601 &&
                    fast_path(GST_VIDEO_INFO_FORMAT(&input_)) != nullptr && has_full_range(input_) &&
                    source.visible.w > 1 && source.visible.h > 1;
  const Result<void> done = fast ? convert_fast(source, *to) : convert_any(source, *to);
  if (!done) return done.error();
  return converted;
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
  // Half as many rows, and half as many samples or as many pairs.
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
  any_.reset(gst_video_converter_new(&input_, &output_, config));
  any_visible_ = visible;
  if (!any_) return cannot_convert("GStreamer does not convert " + text_of(input_caps_.get()));
  return {};
}

Result<Owned<GstBuffer>> PictureConverter::blank() {
  constexpr guint kSide = 16;
  constexpr std::uint8_t kDark = 19;
  GstVideoInfo info;
  if (gst_video_info_set_format(&info, GST_VIDEO_FORMAT_BGRx, kSide, kSide) == FALSE)
    return cannot_convert("GStreamer does not know BGRx");
  const Owned<GstBuffer> dark(gst_buffer_new_allocate(nullptr, info.size, nullptr));
  const Owned<GstCaps> caps(gst_video_info_to_caps(&info));
  if (!dark || !caps) return cannot_convert("there is no memory for a dark one");
  gst_buffer_memset(dark.get(), 0, kDark, info.size);
  return convert(Owned<GstSample>(gst_sample_new(dark.get(), caps.get(), nullptr, nullptr)).get());
}

}  // namespace pixelpass::encode
