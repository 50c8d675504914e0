#include "encode/picture_converter.hpp"

#include "encode/picture_planes.hpp"
#include "encode/placement.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>

namespace pixelpass::encode {

using gst::Owned;

namespace {

/// Whether the input has full range, as libyuv assumes: black is 0, white 255. A screen may come with a
/// television's 16 to 235.
bool has_full_range(const GstVideoInfo& info) {
  return info.colorimetry.range != GST_VIDEO_COLOR_RANGE_16_235;
}

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

std::string size_text(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/// Whether the picture lies in GPU memory: mapped, its pixels may be in the GPU's own, undocumented order.
bool is_on_gpu(const GstCaps* caps) {
  const GstCapsFeatures* memory = gst_caps_get_size(caps) > 0 ? gst_caps_get_features(caps, 0) : nullptr;
  return memory != nullptr && gst_caps_features_contains(memory, "memory:DMABuf") != FALSE;
}

}  // namespace

void PictureConverter::FreePool::operator()(GstBufferPool* pool) const noexcept {
  gst_buffer_pool_set_active(pool, FALSE);
  gst_object_unref(pool);
}

ColourMatrix colour_matrix(bool encoder_tells, Size size) {
  // The limits by which mpv chooses, and VLC except for its width.
  constexpr int kWide = 1280;
  constexpr int kHigh = 576;
  const bool assumed_709 = size.width >= kWide || size.height > kHigh;
  return !encoder_tells && assumed_709 ? ColourMatrix::kBt709 : ColourMatrix::kBt601;
}

Size visible_size(GstSample* picture) {
  GstCaps* caps = gst_sample_get_caps(picture);
  GstBuffer* buffer = gst_sample_get_buffer(picture);
  if (caps == nullptr || buffer == nullptr || gst_caps_is_empty(caps) != FALSE) return {};
  // GstVideoInfo is not used, since it does not know all kinds of memory.
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
  // libyuv averages four pixels, so that a chroma sample lies between them.
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
  // GstVideoConverter refuses to convert frame rates and interlacing, neither of which a screen has.
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

/// Turns the picture last, when it is smallest and in one format.
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
