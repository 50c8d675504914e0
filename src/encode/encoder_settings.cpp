#include "pixelpass/encode/encoder_settings.hpp"

#include <algorithm>
#include <string>

namespace pixelpass::encode {
namespace {

using capture::Owned;

/// A value of one property's type.
class Value {
 public:
  explicit Value(const GParamSpec* property) { g_value_init(&value_, property->value_type); }
  ~Value() { g_value_unset(&value_); }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;

  [[nodiscard]] GValue* get() { return &value_; }

 private:
  GValue value_ = G_VALUE_INIT;
};

/// False: there is no such property, or it does not know this value. A number outside its range becomes the
/// nearest inside.
bool set(GstElement* element, std::string_view name, std::string_view text) {
  GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element), std::string(name).c_str());
  if (property == nullptr || (property->flags & G_PARAM_WRITABLE) == 0) return false;
  Value value(property);
  if (gst_value_deserialize_with_pspec(value.get(), std::string(text).c_str(), property) == FALSE)
    return false;
  g_param_value_validate(property, value.get());
  g_object_set_property(G_OBJECT(element), property->name, value.get());
  return true;
}

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

/// Of what goes into an element; null: there is none.
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

Error cannot(const VideoEncoder& encoder, std::string_view name, std::string_view value) {
  std::string what = std::string(encoder.element) + " of this machine does not take ";
  what.append(name).append("=").append(value);
  return {std::move(what), "try another --encoder, or update GStreamer and the graphics driver"};
}

}  // namespace

Result<void> configure_encoder(GstElement* element, const VideoEncoder& encoder, int frames_per_group,
                               std::int64_t bits_per_second) {
  for (const EncoderProperty& property : encoder.properties)
    if (!set(element, property.name, property.value) && property.required)
      return cannot(encoder, property.name, property.value);
  for (const RateProperty& rate : encoder.rates) {
    const std::string value = rate_text(rate, bits_per_second);
    if (!set(element, rate.name, value) && rate.required) return cannot(encoder, rate.name, value);
  }
  set(element, encoder.group_property, std::to_string(frames_per_group));
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
    set(element, rate.name, rate_text(rate, bits_per_second));
    if (rate.required) live = live && changes_while_running(element, rate.name);
  }
  return live;
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
