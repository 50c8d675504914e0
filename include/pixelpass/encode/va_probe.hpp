#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace pixelpass::encode {

/// The maker of a GPU, which decides in which package its driver is.
enum class GpuMaker : std::uint8_t { kUnknown, kIntel, kAmd, kNvidia };

/// How far the probe of one render node got.
enum class VaState : std::uint8_t {
  kNoPermission,  ///< its device file is not for this user
  kCannotOpen,    ///< or is not a GPU's; `detail` says why
  kNoDriver,      ///< libva finds no driver for it, or the driver does not start; `detail`: libva's words
  kNoH264,        ///< the driver works, but does not encode H.264
  kEncodes,       ///< it encodes H.264 in at least one mode
};

/// One way of encoding H.264 that a driver offers.
struct VaMode {
  bool there = false;
  bool constant_rate = false;         ///< VA_RC_CBR
  std::vector<std::string> profiles;  ///< "constrained-baseline", "main", "high"
};

/// One render node, and what its driver answered.
struct VaNode {
  std::string path;  ///< "/dev/dri/renderD128"
  GpuMaker maker = GpuMaker::kUnknown;
  VaState state = VaState::kCannotOpen;
  std::string detail;  ///< of a failure: what the system or libva said
  std::string driver;  ///< what the driver calls itself, once it has started
  VaMode full;         ///< VAEntrypointEncSlice: GStreamer's vah264enc
  VaMode low_power;    ///< VAEntrypointEncSliceLP: vah264lpenc
};

/// The render nodes, in the order of their numbers. Empty: there is no GPU that libva could use.
struct VaReport {
  std::vector<VaNode> nodes;
};

/// Where the probe looks; only tests change it.
struct VaPlaces {
  std::filesystem::path devices = "/dev/dri";
  std::filesystem::path sysfs = "/sys/class/drm";
  /// Makes a VADisplay of an open render node, or null. Empty: vaGetDisplayDRM().
  std::function<void*(int fd)> open_display = {};
};

/// Asks libva for each render node whether and how its driver encodes H.264. Loads the drivers (some 10 ms
/// each); prints nothing and never throws. Thread: any.
VaReport probe_va(const VaPlaces& places = {});

}  // namespace pixelpass::encode
