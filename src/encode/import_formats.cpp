#include "encode/import_formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace pixelpass::encode {
namespace {

using capture::DmaBufFormats;
using capture::DrawnPixels;
using capture::kDrawnPixels;

constexpr std::array kUntold{capture::kLinear, capture::kImplicit};

/// The layout in text such as ":0x0100000000000002"; no text means linear.
std::optional<std::uint64_t> layout_in(std::string_view text) {
  if (text.empty()) return capture::kLinear;
  constexpr std::string_view kPrefix = ":0x";
  std::uint64_t layout = 0;
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto read = std::from_chars(text.data(), text.data() + text.size(), layout, 16);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional(layout)
                                                                         : std::nullopt;
}

/// Adds a DRM format such as "XR24:0x0100000000000002".
void add_drm_format(DmaBufFormats& to, std::string_view text) {
  const auto* const pixels =
      std::ranges::find(kDrawnPixels, text.substr(0, kDrawnPixels.front().drm.size()), &DrawnPixels::drm);
  if (pixels == kDrawnPixels.end()) return;
  if (const auto layout = layout_in(text.substr(pixels->drm.size())))
    capture::add(to, pixels->drm, std::array{*layout});
}

/// Adds a format by GStreamer's name, such as "BGRx".
void add_named_format(DmaBufFormats& to, std::string_view name) {
  const auto* const pixels = std::ranges::find(kDrawnPixels, name, &DrawnPixels::name);
  if (pixels != kDrawnPixels.end()) capture::add(to, pixels->drm, kUntold);
}

/// Calls `take` with the value's one word, or each word of its list.
void for_each_word(const GValue* value, auto take) {
  if (value == nullptr) return;
  if (G_VALUE_HOLDS_STRING(value)) return take(std::string_view(g_value_get_string(value)));
  if (!GST_VALUE_HOLDS_LIST(value)) return;
  for (guint i = 0; i < gst_value_list_get_size(value); ++i)
    for_each_word(gst_value_list_get_value(value, i), take);
}

void add_structure(DmaBufFormats& to, const GstStructure* fields) {
  if (const GValue* by_drm = gst_structure_get_value(fields, "drm-format"))
    return for_each_word(by_drm, [&](std::string_view text) { add_drm_format(to, text); });
  for_each_word(gst_structure_get_value(fields, "format"),
                [&](std::string_view name) { add_named_format(to, name); });
}

}  // namespace

DmaBufFormats read_import_formats(const GstCaps* sink) {
  DmaBufFormats formats;
  for (guint i = 0; i < gst_caps_get_size(sink); ++i)
    if (gst_caps_features_contains(gst_caps_get_features(sink, i), "memory:DMABuf") != FALSE)
      add_structure(formats, gst_caps_get_structure(sink, i));
  return formats;
}

DmaBufFormats import_formats(std::string_view converter) {
  const gst::Owned<GstElementFactory> factory(gst_element_factory_find(std::string(converter).c_str()));
  if (!factory) return {};
  DmaBufFormats formats;
  for (const GList* item = gst_element_factory_get_static_pad_templates(factory.get()); item != nullptr;
       item = item->next) {
    auto* pad = static_cast<GstStaticPadTemplate*>(item->data);
    if (pad->direction != GST_PAD_SINK) continue;
    const gst::Owned<GstCaps> caps(gst_static_pad_template_get_caps(pad));
    if (caps) formats = read_import_formats(caps.get());
  }
  return formats;
}

}  // namespace pixelpass::encode
