#include "pixelpass/encode/gst.hpp"

#include "pixelpass/base/error.hpp"

#include <mutex>
#include <string>

namespace pixelpass::encode {

void start_gstreamer() {
  static std::once_flag once;
  std::call_once(once, [] {
    GError* error = nullptr;
    if (gst_init_check(nullptr, nullptr, &error) != FALSE) return;
    const Owned<GError> owned(error);
    throw StartupError(
        std::string("GStreamer does not start: ") + (error != nullptr ? error->message : "no reason given"),
        "run: pixelpass doctor");
  });
}

bool has_element(std::string_view name) {
  return Owned<GstElementFactory>(gst_element_factory_find(std::string(name).c_str())) != nullptr;
}

}  // namespace pixelpass::encode
