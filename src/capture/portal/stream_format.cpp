#include "capture/portal/stream_format.hpp"

#include "capture/portal/pointer_note.hpp"
#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/format-utils.h>
#include <spa/param/video/raw-utils.h>
#include <spa/pod/builder.h>

#include <algorithm>

namespace pixelpass::capture {
namespace {

/// The formats: compositors use one of these orders of the same four bytes. All are RGB, so that of a
/// format's colorimetry only the range matters. Compositors do not name it, which means the full range; any
/// other source's word is taken.
constexpr std::array<PixelFormat, 8> kFormats{{
    {"BGRx", SPA_VIDEO_FORMAT_BGRx, "XR24"},
    {"BGRA", SPA_VIDEO_FORMAT_BGRA, "AR24"},
    {"RGBx", SPA_VIDEO_FORMAT_RGBx, "XB24"},
    {"RGBA", SPA_VIDEO_FORMAT_RGBA, "AB24"},
    {"xRGB", SPA_VIDEO_FORMAT_xRGB, "BX24"},
    {"ARGB", SPA_VIDEO_FORMAT_ARGB, "BA24"},
    {"xBGR", SPA_VIDEO_FORMAT_xBGR, "RX24"},
    {"ABGR", SPA_VIDEO_FORMAT_ABGR, "RA24"},
}};
/// The most layouts that are offered. A driver has some ten, and the offer has to fit into StreamParameters.
constexpr std::size_t kMostLayouts = 24;

constexpr std::uint32_t kMostPixels = 16384;  // a side
/// The number of buffers: some compositors give no more than four, and the consumer holds on to two.
constexpr std::int32_t kBuffers = 4;
constexpr std::int32_t kLeastBuffers = 2;
constexpr std::int32_t kMostBuffers = 16;

constexpr int kUsualPointer = 256;

constexpr spa_fraction kAnyRate{0, 1};

/// The layout in the format. Before one is chosen libspa's parser reads nothing, so the best of the list is
/// taken.
std::optional<std::uint64_t> layout_in(const spa_pod* format) {
  const spa_pod_prop* layouts = spa_pod_find_prop(format, nullptr, SPA_FORMAT_VIDEO_modifier);
  if (layouts == nullptr) return std::nullopt;
  std::uint32_t count = 0;
  std::uint32_t choice = 0;
  std::int64_t best = 0;
  const spa_pod* values = spa_pod_get_values(&layouts->value, &count, &choice);
  if (count == 0 || spa_pod_get_long(values, &best) < 0) return std::nullopt;
  return static_cast<std::uint64_t>(best);
}

}  // namespace

std::optional<StreamFormat> read_format(const spa_pod* format) {
  std::uint32_t type = 0;
  std::uint32_t subtype = 0;
  spa_video_info_raw info{};
  if (spa_format_parse(format, &type, &subtype) < 0 || type != SPA_MEDIA_TYPE_video ||
      subtype != SPA_MEDIA_SUBTYPE_raw || spa_format_video_raw_parse(format, &info) < 0)
    return std::nullopt;
  const auto* const pixels = std::ranges::find(kFormats, info.format, &PixelFormat::spa);
  const auto fits = [](std::uint32_t side) { return side > 0 && side <= kMostPixels; };
  if (pixels == kFormats.end() || !fits(info.size.width) || !fits(info.size.height)) return std::nullopt;
  return StreamFormat{*pixels,
                      {static_cast<int>(info.size.width), static_cast<int>(info.size.height)},
                      layout_in(format),
                      info.color_range == SPA_VIDEO_COLOR_RANGE_16_235};
}

bool is_undecided(const spa_pod* format) {
  const spa_pod_prop* layouts = spa_pod_find_prop(format, nullptr, SPA_FORMAT_VIDEO_modifier);
  return layouts != nullptr && (layouts->flags & SPA_POD_PROP_FLAG_DONT_FIXATE) != 0;
}

class StreamParameters::Builder {
 public:
  explicit Builder(StreamParameters& to) : to_(to) {
    spa_pod_builder_init(&builder_, to.memory_.data(), static_cast<std::uint32_t>(to.memory_.size()));
  }

  void add_formats(const StreamOffer& offer, bool limited) {
    add_drawn(offer, offer.dma_bufs, limited);
    if (offer.shared != SharedMemory::kNone) add_shared(offer, limited);
    constexpr std::array kReadable{kLinear};
    if (offer.dma_bufs.empty() && offer.readable) add_drawn(offer, in_all_formats(kReadable), limited);
  }

  void add_buffers(const StreamFormat& format, SharedMemory shared, bool undecided) {
    constexpr std::uint32_t kLent = 1U << SPA_DATA_MemPtr;
    constexpr std::uint32_t kFiles = 1U << SPA_DATA_MemFd | kLent;
    std::uint32_t types = shared == SharedMemory::kAny ? kFiles : kLent;
    if (format.modifier) types = 1U << SPA_DATA_DmaBuf | (undecided ? kFiles : 0);
    open(SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers);
    key(SPA_PARAM_BUFFERS_buffers);
    choose(SPA_CHOICE_Range);
    for (const auto count : {kBuffers, kLeastBuffers, kMostBuffers}) spa_pod_builder_int(&builder_, count);
    spa_pod_builder_pop(&builder_, &choice_);
    key(SPA_PARAM_BUFFERS_dataType);
    choose(SPA_CHOICE_Flags);
    spa_pod_builder_int(&builder_, static_cast<std::int32_t>(types));
    spa_pod_builder_pop(&builder_, &choice_);
    close();
  }

  void add_metadata(std::uint32_t type, std::size_t size) {
    open(SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta);
    id(SPA_PARAM_META_type, type);
    key(SPA_PARAM_META_size);
    spa_pod_builder_int(&builder_, static_cast<std::int32_t>(size));
    close();
  }

  /// Requests pointer metadata; the source chooses its size.
  void add_pointer() {
    open(SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta);
    id(SPA_PARAM_META_type, SPA_META_Cursor);
    key(SPA_PARAM_META_size);
    choose(SPA_CHOICE_Range);
    for (const auto side : {kUsualPointer, 1, kLongestPointer})
      spa_pod_builder_int(&builder_, static_cast<std::int32_t>(pointer_note_bytes(side)));
    spa_pod_builder_pop(&builder_, &choice_);
    close();
  }

 private:
  void add_shared(const StreamOffer& offer, bool limited) {
    open_format();
    key(SPA_FORMAT_VIDEO_format);
    choose(SPA_CHOICE_Enum);
    spa_pod_builder_id(&builder_, kFormats.front().spa);  // the preferred one, once more
    for (const auto& format : kFormats) spa_pod_builder_id(&builder_, format.spa);
    spa_pod_builder_pop(&builder_, &choice_);
    close_format(offer, limited);
  }

  /// Offers each layout separately: a format may be importable in one and another only in others.
  void add_drawn(const StreamOffer& offer, const DmaBufFormats& formats, bool limited) {
    for (const auto& format : formats) {
      const auto* const pixels = std::ranges::find(kFormats, format.drm, &PixelFormat::drm);
      if (pixels == kFormats.end() || format.layouts.empty()) continue;
      open_format();
      id(SPA_FORMAT_VIDEO_format, pixels->spa);
      add_modifiers(std::span(format.layouts).first(std::min(format.layouts.size(), kMostLayouts)));
      close_format(offer, limited);
    }
  }

  /// Lets the source choose the modifier, since it alone can test them: "Sharing DMA-BUFs" in PipeWire's
  /// manual.
  void add_modifiers(std::span<const std::uint64_t> modifiers) {
    key(SPA_FORMAT_VIDEO_modifier, SPA_POD_PROP_FLAG_MANDATORY | SPA_POD_PROP_FLAG_DONT_FIXATE);
    choose(SPA_CHOICE_Enum);
    spa_pod_builder_long(&builder_, static_cast<std::int64_t>(modifiers.front()));
    for (const auto modifier : modifiers)
      spa_pod_builder_long(&builder_, static_cast<std::int64_t>(modifier));
    spa_pod_builder_pop(&builder_, &choice_);
  }

  void open(std::uint32_t type, std::uint32_t parameter) {
    spa_pod_builder_push_object(&builder_, &object_, type, parameter);
  }
  void close() {
    const auto* pod = static_cast<const spa_pod*>(spa_pod_builder_pop(&builder_, &object_));
    if (pod != nullptr) to_.pods_.push_back(pod);
  }
  void open_format() {
    open(SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
    id(SPA_FORMAT_mediaType, SPA_MEDIA_TYPE_video);
    id(SPA_FORMAT_mediaSubtype, SPA_MEDIA_SUBTYPE_raw);
  }
  void close_format(const StreamOffer& offer, bool limited) {
    add_size(offer.size);
    const spa_fraction most{static_cast<std::uint32_t>(std::max(offer.fps, 1)), 1};
    // A rate of 0/1 means a picture whenever something changes.
    range(SPA_FORMAT_VIDEO_framerate, kAnyRate, kAnyRate, limited ? most : spa_fraction{1000, 1});
    if (limited) range(SPA_FORMAT_VIDEO_maxFramerate, most, {1, 1}, most);
    close();
  }

  void add_size(std::optional<Size> size) {
    key(SPA_FORMAT_VIDEO_size);
    if (size) {
      spa_pod_builder_rectangle(&builder_, static_cast<std::uint32_t>(size->width),
                                static_cast<std::uint32_t>(size->height));
      return;
    }
    choose(SPA_CHOICE_Range);
    for (const auto side : {1280U, 1U, kMostPixels})  // the preferred one, the least, the most
      spa_pod_builder_rectangle(&builder_, side, side);
    spa_pod_builder_pop(&builder_, &choice_);
  }

  void key(std::uint32_t name, std::uint32_t flags = 0) { spa_pod_builder_prop(&builder_, name, flags); }
  void choose(std::uint32_t kind) { spa_pod_builder_push_choice(&builder_, &choice_, kind, 0); }
  void id(std::uint32_t name, std::uint32_t value) {
    key(name);
    spa_pod_builder_id(&builder_, value);
  }
  void range(std::uint32_t name, spa_fraction preferred, spa_fraction least, spa_fraction most) {
    key(name);
    choose(SPA_CHOICE_Range);
    for (const auto rate : {preferred, least, most})
      spa_pod_builder_fraction(&builder_, rate.num, rate.denom);
    spa_pod_builder_pop(&builder_, &choice_);
  }

  StreamParameters& to_;
  spa_pod_builder builder_{};
  spa_pod_frame object_{};
  spa_pod_frame choice_{};
};

StreamParameters::StreamParameters(const StreamOffer& offer) {
  Builder builder(*this);
  StreamOffer of_any_size = offer;
  of_any_size.size.reset();
  if (offer.size)
    for (const bool limited : {true, false}) builder.add_formats(offer, limited);
  for (const bool limited : {true, false}) builder.add_formats(of_any_size, limited);
}

StreamParameters::StreamParameters(const StreamFormat& format, SharedMemory shared, bool pointer,
                                   bool undecided) {
  Builder builder(*this);
  builder.add_buffers(format, shared, undecided);
  builder.add_metadata(SPA_META_Header, sizeof(spa_meta_header));
  builder.add_metadata(SPA_META_VideoCrop, sizeof(spa_meta_region));
  builder.add_metadata(SPA_META_VideoTransform, sizeof(spa_meta_videotransform));
  if (pointer) builder.add_pointer();
}

}  // namespace pixelpass::capture
