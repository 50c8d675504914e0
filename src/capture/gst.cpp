#include "pixelpass/capture/gst.hpp"

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/base/error.hpp"

#include <array>
#include <mutex>
#include <string>

namespace pixelpass::capture {
namespace {

constexpr std::array<PackageNames, 2> kBasicPackages{{
    {"gstreamer1.0-plugins-base", "gstreamer1-plugins-base", "gst-plugins-base", "gstreamer-plugins-base"},
    {"gstreamer1.0-plugins-good", "gstreamer1-plugins-good", "gst-plugins-good", "gstreamer-plugins-good"},
}};

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

}  // namespace pixelpass::capture
