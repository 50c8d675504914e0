#include "pixelpass/publish/check_protocol.hpp"

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/gst/gst.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace pixelpass::publish {
namespace {

constexpr PackageNames kPluginsBad{"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free",
                                   "gst-plugins-bad", "gstreamer-plugins-bad"};
constexpr PackageNames kPluginsGood{"gstreamer1.0-plugins-good", "gstreamer1-plugins-good",
                                    "gst-plugins-good", "gstreamer-plugins-good"};
constexpr PackageNames kNice{"gstreamer1.0-nice", "libnice-gstreamer1", "libnice", "gstreamer-libnice"};

/// GStreamer elements that a protocol needs, besides those of every source.
struct NeededElement {
  Protocol protocol;
  std::string_view element;
  PackageNames packages;
};
constexpr std::array<NeededElement, 8> kNeeded{{
    {Protocol::kSrt, "srtsink", kPluginsBad},
    {Protocol::kWhip, "webrtcbin", kPluginsBad},
    {Protocol::kWhip, "dtlssrtpenc", kPluginsBad},
    {Protocol::kWhip, "srtpenc", kPluginsBad},
    {Protocol::kWhip, "capssetter", kPluginsBad},
    {Protocol::kWhip, "rtph264pay", kPluginsGood},
    {Protocol::kWhip, "rtpopuspay", kPluginsGood},
    {Protocol::kWhip, "nicesink", kNice},
}};

}  // namespace

void check_protocol(const Target& target) {
  const auto is_missing = [&](const NeededElement& needed) {
    return needed.protocol == target.protocol && !gst::has_element(needed.element);
  };
  if (target.protocol != Protocol::kSrt && target.protocol != Protocol::kWhip) return;
  gst::start_gstreamer();
  const auto* missing = std::ranges::find_if(kNeeded, is_missing);
  if (missing == kNeeded.end()) return;
  const std::array<PackageNames, 1> packages{missing->packages};
  throw StartupError(
      target.to_string() + " cannot be published to: GStreamer lacks " + std::string(missing->element),
      "install it: " + install_command(packages));
}

}  // namespace pixelpass::publish
