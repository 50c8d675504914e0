#include "encode/va_verdict.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace pixelpass::encode {
namespace {

/// Debian's and Ubuntu's free Intel driver encodes on newer GPUs only; the "non-free" one on the others, too.
/// Fedora's and openSUSE's own builds of both drivers lack H.264; RPM Fusion and Packman have it.
constexpr PackageNames kIntelDriver{"intel-media-va-driver", "intel-media-driver", "intel-media-driver",
                                    "intel-media-driver"};
constexpr PackageNames kIntelFullDriver{"intel-media-va-driver-non-free", "intel-media-driver",
                                        "intel-media-driver", "intel-media-driver"};
constexpr PackageNames kMesaDriver{"mesa-va-drivers", "mesa-va-drivers", "libva-mesa-driver", "Mesa-libva"};
constexpr PackageNames kMesaFullDriver{"mesa-va-drivers", "mesa-va-drivers-freeworld", "libva-mesa-driver",
                                       "Mesa-libva"};

std::string driver_hint(GpuMaker maker) {
  switch (maker) {
    case GpuMaker::kIntel:
      return "install its driver: " + install_command(std::array{kIntelDriver});
    case GpuMaker::kAmd:
      return "install its driver: " + install_command(std::array{kMesaDriver});
    case GpuMaker::kNvidia:
      return "NVIDIA's GPUs encode with NVENC: see nvh264enc";
    case GpuMaker::kUnknown:
      break;
  }
  return "install its driver: " + install_command(std::array{kMesaDriver, kIntelDriver});
}

/// The hint for a driver that works but was built without H.264.
std::string full_driver_hint(GpuMaker maker) {
  const PackageManager manager = package_manager();
  std::string from;
  if (manager == PackageManager::kDnf) from = " (from RPM Fusion)";
  if (manager == PackageManager::kZypper) from = " (from Packman)";
  switch (maker) {
    case GpuMaker::kIntel:
      if (manager == PackageManager::kApt) from = " (Debian: in non-free, Ubuntu: in multiverse)";
      return "use the full driver" + from + ": " + install_command(std::array{kIntelFullDriver});
    case GpuMaker::kAmd:
      return "use the full driver" + from + ": " + install_command(std::array{kMesaFullDriver});
    case GpuMaker::kNvidia:
      return driver_hint(maker);
    case GpuMaker::kUnknown:
      break;
  }
  return {};
}

std::string group_hint() {
  return "join the groups that may use the GPU, then log in again: sudo usermod -aG render,video \"$USER\"";
}

const VaMode& mode_of(const VaNode& node, EncoderKind kind) {
  return kind == EncoderKind::kVaLowPower ? node.low_power : node.full;
}

/// The verdict for a driver that encodes H.264, but not in this mode or not at a constant bitrate.
Verdict mode_missing(const VaNode& node, EncoderKind kind) {
  const bool low_power = kind == EncoderKind::kVaLowPower;
  if (!mode_of(node, kind).there) {
    return {false,
            node.path + ": " + node.driver + " encodes H.264 " +
                (low_power ? "only in its full mode" : "only in its low-power mode"),
            low_power ? "" : full_driver_hint(node.maker)};
  }
  return {false,
          node.path + ": " + node.driver + " cannot hold a constant bitrate" +
              (low_power ? " in its low-power mode" : ""),
          low_power && node.maker == GpuMaker::kIntel
              ? "let the kernel load the GPU's HuC firmware: kernel option i915.enable_guc=2"
              : full_driver_hint(node.maker)};
}

Verdict judge_node(const VaNode& node, EncoderKind kind) {
  switch (node.state) {
    case VaState::kNoPermission:
      return {false, node.path + " may not be opened: " + node.detail, group_hint()};
    case VaState::kCannotOpen:
      return {false, node.path + " cannot be used: " + node.detail, {}};
    case VaState::kNoDriver:
      return {false, node.path + " has no working VA-API driver: " + node.detail, driver_hint(node.maker)};
    case VaState::kNoH264:
      return {false, node.path + ": " + node.driver + " does not encode H.264", full_driver_hint(node.maker)};
    case VaState::kEncodes:
      break;
  }
  if (!mode_of(node, kind).constant_rate) return mode_missing(node, kind);
  return {true, node.driver + " on " + node.path, {}};
}

}  // namespace

Verdict judge_render_nodes(const VaReport& va, EncoderKind kind) {
  if (va.nodes.empty()) {
    return {false, "no render node in /dev/dri: no GPU, or its kernel driver is not loaded",
            "in a container or a virtual machine, hand /dev/dri through"};
  }
  Verdict all;
  for (const VaNode& node : va.nodes) {
    Verdict one = judge_node(node, kind);
    if (one.usable) return one;
    all.why += (all.why.empty() ? "" : "; ") + one.why;
    if (all.hint.empty()) all.hint = std::move(one.hint);
  }
  return all;
}

}  // namespace pixelpass::encode
