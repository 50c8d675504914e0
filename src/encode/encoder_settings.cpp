#include "encode/encoder_settings.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace pixelpass::encode {
namespace {

using gst::Owned;
using gst::set_properties;
using gst::set_property;

/// Properties of GStreamer's base class: whether pictures are left out when a sink reports that they came too
/// late, and the least distance between keyframes that are asked for.
constexpr std::array<EncoderProperty, 2> kEveryVideoEncoder{
    {{"qos", "false"}, {"min-force-key-unit-interval", "0"}}};

bool changes_while_running(GstElement* element, std::string_view name) {
  const GParamSpec* property =
      g_object_class_find_property(G_OBJECT_GET_CLASS(element), std::string(name).c_str());
  return property != nullptr && (property->flags & GST_PARAM_MUTABLE_PLAYING) != 0;
}

std::string rate_text(const RateProperty& rate, std::int64_t bits_per_second) {
  // Rounded up: a buffer one bit below an element's smallest is thrown away as a mistake.
  return std::to_string(std::max<std::int64_t>(1, (bits_per_second + rate.unit - 1) / rate.unit));
}

struct Range {
  int least = 0;
  int most = 0;  ///< 0: not said
};

Range range_of(const GstStructure* structure, const char* field) {
  const GValue* value = gst_structure_get_value(structure, field);
  if (value == nullptr) return {};
  if (G_VALUE_HOLDS_INT(value)) return {g_value_get_int(value), g_value_get_int(value)};
  if (!GST_VALUE_HOLDS_INT_RANGE(value)) return {};
  return {gst_value_get_int_range_min(value), gst_value_get_int_range_max(value)};
}

void narrow(int& smallest, int& largest, const Range& range) {
  smallest = std::min(std::max(smallest, range.least), largest);
  if (range.most > 0) largest = std::max(std::min(largest, range.most) & ~1, smallest);
}

/// The caps that an element of this name takes; null: there is no such element.
Owned<GstCaps> taken_by(std::string_view element) {
  const Owned<GstElementFactory> factory(gst_element_factory_find(std::string(element).c_str()));
  if (!factory) return nullptr;
  for (const GList* at = gst_element_factory_get_static_pad_templates(factory.get()); at != nullptr;
       at = at->next) {
    auto* pad = static_cast<GstStaticPadTemplate*>(at->data);
    if (pad->direction == GST_PAD_SINK) return Owned<GstCaps>(gst_static_pad_template_get_caps(pad));
  }
  return nullptr;
}

Error cannot(std::string_view element, std::string_view name, std::string_view value) {
  std::string what = std::string(element) + " of this machine does not take ";
  what.append(name).append("=").append(value);
  return {std::move(what), "try another --encoder, or update GStreamer and the graphics driver"};
}

}  // namespace

Result<void> configure_encoder(GstElement* element, const VideoEncoder& encoder, int frames_per_group,
                               std::int64_t bits_per_second) {
  for (const auto& properties : {std::span<const EncoderProperty>(kEveryVideoEncoder), encoder.properties})
    if (const auto* missing = set_properties(element, properties))
      return cannot(encoder.element, missing->name, missing->value);
  for (const RateProperty& rate : encoder.rates) {
    const std::string value = rate_text(rate, bits_per_second);
    if (!set_property(element, rate.name, value) && rate.required)
      return cannot(encoder.element, rate.name, value);
  }
  set_property(element, encoder.group_property, std::to_string(frames_per_group));
  return {};
}

Result<void> configure_encoder(GstElement* element, const AudioEncoder& encoder) {
  if (const auto* missing = set_properties(element, encoder.properties))
    return cannot(encoder.element, missing->name, missing->value);
  return {};
}

Result<Owned<GstElement>> make_video_encoder(const VideoEncoder& encoder, const char* name,
                                             int frames_per_group, std::int64_t bits_per_second) {
  GstElement* made = gst_element_factory_make(std::string(encoder.element).c_str(), name);
  if (made == nullptr) {
    return Error{"GStreamer cannot make " + std::string(encoder.element),
                 "try another --encoder; pixelpass doctor says what is missing"};
  }
  Owned<GstElement> element(GST_ELEMENT(gst_object_ref_sink(made)));
  if (auto done = configure_encoder(element.get(), encoder, frames_per_group, bits_per_second); !done)
    return done.error();
  return element;
}

bool set_encoder_bitrate(GstElement* element, const VideoEncoder& encoder, std::int64_t bits_per_second) {
  bool live = true;
  for (const RateProperty& rate : encoder.rates) {
    const bool is_set = set_property(element, rate.name, rate_text(rate, bits_per_second));
    if (rate.required) live = live && is_set && changes_while_running(element, rate.name);
  }
  return live;
}

GstVideoFormat format_of(const EncoderInput& input) {
  return gst_video_format_from_string(std::string(input.format).c_str());
}

SizeLimits size_limits(const VideoEncoder& encoder) {
  SizeLimits limits;
  const Owned<GstCaps> caps = taken_by(encoder.element);
  for (guint i = 0; caps && i < gst_caps_get_size(caps.get()); ++i) {
    const GstStructure* structure = gst_caps_get_structure(caps.get(), i);
    narrow(limits.smallest.width, limits.largest.width, range_of(structure, "width"));
    narrow(limits.smallest.height, limits.largest.height, range_of(structure, "height"));
  }
  return limits;
}

}  // namespace pixelpass::encode
