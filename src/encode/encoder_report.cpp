#include "pixelpass/encode/encoder_report.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/gst.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace pixelpass::encode {
namespace {

/// Usable, or not and why.
struct Verdict {
  bool usable = false;
  std::string why;
  std::string hint;
};

std::string install(const PackageNames& package) {
  return "install it: " + install_command(std::array<PackageNames, 1>{package});
}

Verdict plugin_missing(const VideoEncoder& encoder) {
  return {false, "GStreamer has no element " + std::string(encoder.element), install(encoder.package)};
}

// --- VA-API: what a render node lacks, and which package has it.

/// Debian's and Ubuntu's free Intel driver encodes with newer GPUs only; "non-free" has the rest. Fedora's
/// and openSUSE's own builds of both leave H.264 out: what has it comes from RPM Fusion and Packman.
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

/// For a driver that works but was built without H.264.
std::string full_driver_hint(GpuMaker maker) {
  const PackageManager manager = package_manager();
  std::string from;
  if (manager == PackageManager::kDnf) from = " (from RPM Fusion)";
  if (manager == PackageManager::kZypper) from = " (from Packman)";
  switch (maker) {
    case GpuMaker::kIntel:
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

/// Of a driver that encodes H.264, but not in this mode or not at a constant rate.
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

/// The first node that can, or what all of them lack, with the first thing that can be done about it.
Verdict judge_nodes(const VaReport& va, EncoderKind kind) {
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

Verdict judge_va(const VideoEncoder& encoder, const EncoderFacts& facts) {
  Verdict verdict = judge_nodes(facts.va, encoder.kind);
  if (!verdict.usable || facts.has_element(encoder.element)) return verdict;
  if (!facts.has_plugin("va")) return plugin_missing(encoder);
  return {false, "GStreamer's va plugin does not use this driver: " + verdict.why,
          "set GST_VA_ALL_DRIVERS=1, and remove ~/.cache/gstreamer-1.0 so that GStreamer looks again"};
}

// --- NVENC

constexpr PackageNames kNvencLibrary{"libnvidia-encode1", "xorg-x11-drv-nvidia-cuda-libs", "nvidia-utils",
                                     "nvidia-video-G06"};

Verdict judge_nvenc(const VideoEncoder& encoder, const EncoderFacts& facts) {
  if (!facts.nvidia_gpu && facts.nvidia_driver.empty()) return {false, "no NVIDIA GPU", {}};
  if (facts.nvidia_driver.empty()) {
    return {false, "NVIDIA's own kernel driver is not loaded (nouveau does not encode)",
            "install NVIDIA's driver as your distribution describes it, and restart"};
  }
  if (facts.has_element(encoder.element)) return {true, "NVIDIA's driver " + facts.nvidia_driver, {}};
  if (!facts.has_plugin("nvcodec")) return plugin_missing(encoder);
  return {false, "NVIDIA's encoding library does not start with driver " + facts.nvidia_driver,
          install(kNvencLibrary)};
}

Verdict judge_software(const VideoEncoder& encoder, const EncoderFacts& facts) {
  if (facts.has_element(encoder.element)) return {true, "the processor", {}};
  return plugin_missing(encoder);
}

Verdict judge(const VideoEncoder& encoder, const EncoderFacts& facts) {
  switch (encoder.kind) {
    case EncoderKind::kVa:
    case EncoderKind::kVaLowPower:
      return judge_va(encoder, facts);
    case EncoderKind::kNvenc:
      return judge_nvenc(encoder, facts);
    case EncoderKind::kSoftware:
      break;
  }
  return judge_software(encoder, facts);
}

// --- Choosing

/// What is said when nothing remains: every reason, and one thing to do (the last encoder of an "auto" is the
/// one whose installation helps everywhere, that of a named one the first).
[[noreturn]] void throw_none(std::string_view option, const std::vector<EncoderReport>& reports) {
  std::string what = option == "auto" ? "no H.264 encoder works here:"
                                      : "--encoder " + std::string(option) + " does not work here:";
  for (const EncoderReport& report : reports) what += "\n  " + report.name + ": " + report.why;
  if (option == "auto") {
    const auto x264 = std::ranges::find(reports, "x264", &EncoderReport::option);
    throw StartupError(std::move(what), x264->hint);
  }
  const auto helpful = std::ranges::find_if(reports, [](const auto& report) { return !report.hint.empty(); });
  std::string hint = helpful == reports.end() ? "" : helpful->hint + "; or ";
  throw StartupError(std::move(what), hint + "use --encoder auto");
}

bool has_plugin(std::string_view name) {
  GstPlugin* plugin = gst_registry_find_plugin(gst_registry_get(), std::string(name).c_str());
  if (plugin == nullptr) return false;
  gst_object_unref(plugin);
  return true;
}

std::string first_word_of(const char* path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

EncoderReport report_of(const VideoEncoder& encoder, const EncoderFacts& facts) {
  Verdict verdict = judge(encoder, facts);
  return {std::string(encoder.element), std::string(encoder.option), verdict.usable, std::move(verdict.why),
          std::move(verdict.hint)};
}

}  // namespace

EncoderFacts encoder_facts() {
  EncoderFacts facts{.has_element = capture::has_element, .has_plugin = has_plugin, .va = probe_va()};
  const auto of_nvidia = [](const VaNode& node) { return node.maker == GpuMaker::kNvidia; };
  facts.nvidia_gpu = std::ranges::any_of(facts.va.nodes, of_nvidia);
  facts.nvidia_driver = first_word_of("/sys/module/nvidia/version");
  return facts;
}

std::vector<EncoderReport> report_video_encoders(const EncoderFacts& facts) {
  std::vector<EncoderReport> reports;
  for (const VideoEncoder& encoder : video_encoders()) reports.push_back(report_of(encoder, facts));
  return reports;
}

std::vector<EncoderReport> report_video_encoders() {
  capture::start_gstreamer();
  return report_video_encoders(encoder_facts());
}

std::vector<EncoderReport> report_audio_encoders(const HasElement& has) {
  std::vector<EncoderReport> reports;
  for (const AudioEncoder& encoder : audio_encoders()) {
    EncoderReport report;
    report.name = encoder.element;
    report.usable = has(encoder.element);
    report.why = report.usable ? "the processor" : "GStreamer has no element " + report.name;
    if (!report.usable) report.hint = install(encoder.package);
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<EncoderReport> report_audio_encoders() {
  capture::start_gstreamer();
  return report_audio_encoders(capture::has_element);
}

std::vector<const VideoEncoder*> video_encoder_candidates(std::string_view option,
                                                          const EncoderFacts& facts) {
  require_encoder_option(option);
  std::vector<const VideoEncoder*> candidates;
  std::vector<EncoderReport> reports;
  for (const VideoEncoder& encoder : video_encoders()) {
    if (option != "auto" && encoder.option != option) continue;
    reports.push_back(report_of(encoder, facts));
    if (reports.back().usable) candidates.push_back(&encoder);
  }
  if (candidates.empty()) throw_none(option, reports);
  return candidates;
}

}  // namespace pixelpass::encode
