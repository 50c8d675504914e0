#include "pixelpass/encode/encoder_report.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/gst.hpp"

#include "encode/va_verdict.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace pixelpass::encode {
namespace {

std::string install(const PackageNames& package) {
  return "install it: " + install_command(std::array<PackageNames, 1>{package});
}

Verdict plugin_missing(const VideoEncoder& encoder) {
  return {false, "GStreamer has no element " + std::string(encoder.element), install(encoder.package)};
}

Verdict judge_va(const VideoEncoder& encoder, const EncoderFacts& facts) {
  Verdict verdict = judge_render_nodes(facts.va, encoder.kind);
  if (!verdict.usable || facts.has_element(encoder.element)) return verdict;
  if (!facts.has_plugin("va")) return plugin_missing(encoder);
  return {false, "GStreamer's va plugin does not use this driver: " + verdict.why,
          "set GST_VA_ALL_DRIVERS=1, and remove ~/.cache/gstreamer-1.0 so that GStreamer looks again"};
}

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
  const std::string major = facts.nvidia_driver.substr(0, facts.nvidia_driver.find('.'));
  return {false, "NVIDIA's encoding library is missing or not of driver " + facts.nvidia_driver,
          install(kNvencLibrary) + " (Ubuntu: libnvidia-encode-" + major + ")"};
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

/// What to do when no encoder remains: for "auto", install the simplest one; for a named one, the first
/// remedy in its reports.
std::string remedy(std::string_view option, const std::vector<EncoderReport>& reports) {
  if (option == "auto") return install(simplest_video_encoder().package);
  const auto helpful = std::ranges::find_if(reports, [](const auto& report) { return !report.hint.empty(); });
  return (helpful == reports.end() ? "" : helpful->hint + "; or ") + "use --encoder auto";
}

[[noreturn]] void throw_none(std::string_view option, const std::vector<EncoderReport>& reports) {
  std::string what = option == "auto" ? "no H.264 encoder works here"
                                      : "--encoder " + std::string(option) + " does not work here";
  std::string_view before = ": ";
  for (const EncoderReport& report : reports) {
    what.append(before).append(report.name).append(" (").append(report.why).append(")");
    before = ", ";
  }
  throw StartupError(std::move(what), remedy(option, reports));
}

bool has_plugin(std::string_view name) {
  GstPlugin* plugin = gst_registry_find_plugin(gst_registry_get(), std::string(name).c_str());
  if (plugin == nullptr) return false;
  gst_object_unref(plugin);
  return true;
}

bool is_software_option(std::string_view option) {
  const auto row = std::ranges::find(video_encoders(), option, &VideoEncoder::option);
  return row != video_encoders().end() && row->kind == EncoderKind::kSoftware;
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

EncoderFacts encoder_facts(std::string_view option) {
  EncoderFacts facts{.has_element = gst::has_element, .has_plugin = has_plugin};
  if (is_software_option(option)) return facts;
  facts.va = probe_va();
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
  gst::start_gstreamer();
  return report_video_encoders(encoder_facts());
}

std::vector<EncoderReport> report_audio_encoders(const HasElement& has) {
  std::vector<EncoderReport> reports;
  for (const AudioEncoder& encoder : audio_encoders()) {
    EncoderReport report;
    report.name = encoder.element;
    report.usable = has(encoder.element);
    report.why = report.usable ? "the processor" : "GStreamer has no element " + report.name;
    if (!report.usable && !encoder.package.apt.empty()) report.hint = install(encoder.package);
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<EncoderReport> report_audio_encoders() {
  gst::start_gstreamer();
  return report_audio_encoders(gst::has_element);
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
