#include "pixelpass/gst/gst.hpp"

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/base/error.hpp"

#include <array>
#include <mutex>
#include <string>

namespace pixelpass::gst {
namespace {

constexpr std::array<PackageNames, 2> kBasicPackages{{
    {"gstreamer1.0-plugins-base", "gstreamer1-plugins-base", "gst-plugins-base", "gstreamer-plugins-base"},
    {"gstreamer1.0-plugins-good", "gstreamer1-plugins-good", "gst-plugins-good", "gstreamer-plugins-good"},
}};

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

}  // namespace

std::string gstreamer_hint() {
  return "install GStreamer's basic plugins: " + install_command(kBasicPackages);
}

void start_gstreamer() {
  static std::once_flag once;
  std::call_once(once, [] {
    GError* error = nullptr;
    if (gst_init_check(nullptr, nullptr, &error) != FALSE) return;
    const Owned<GError> owned(error);
    throw StartupError(
        std::string("GStreamer does not start: ") + (error != nullptr ? error->message : "no reason given"),
        gstreamer_hint());
  });
}

bool has_element(std::string_view name) {
  return Owned<GstElementFactory>(gst_element_factory_find(std::string(name).c_str())) != nullptr;
}

bool set_property(GstElement* element, std::string_view name, std::string_view value) {
  GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element), std::string(name).c_str());
  if (property == nullptr || (property->flags & G_PARAM_WRITABLE) == 0) return false;
  Value typed(property);
  if (gst_value_deserialize_with_pspec(typed.get(), std::string(value).c_str(), property) == FALSE)
    return false;
  g_param_value_validate(property, typed.get());
  g_object_set_property(G_OBJECT(element), property->name, typed.get());
  return true;
}

const ElementProperty* set_properties(GstElement* element, std::span<const ElementProperty> properties) {
  for (const ElementProperty& property : properties)
    if (!set_property(element, property.name, property.value) && property.required) return &property;
  return nullptr;
}

}  // namespace pixelpass::gst
