#include "app/doctor/doctor_areas.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace pixelpass::app {
namespace {

constexpr const char* kEncodingArea = "encoding";

enum class Use : std::uint8_t { kAnyHost, kAudio, kDemo };

/// Elements that one package has, and what they are for.
struct ElementGroup {
  const char* name;
  std::array<const char*, 2> elements;
  Use use;
  PackageNames package;
};

constexpr PackageNames kBase{"gstreamer1.0-plugins-base", "gstreamer1-plugins-base", "gst-plugins-base",
                             "gstreamer-plugins-base"};
constexpr PackageNames kGood{"gstreamer1.0-plugins-good", "gstreamer1-plugins-good", "gst-plugins-good",
                             "gstreamer-plugins-good"};
constexpr PackageNames kBad{"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free", "gst-plugins-bad",
                            "gstreamer-plugins-bad"};

constexpr std::array<ElementGroup, 3> kGroups{{
    {"appsrc", {"appsrc", "appsink"}, Use::kAnyHost, kBase},
    {"aacparse", {"aacparse", nullptr}, Use::kAudio, kGood},
    {"demo's decoding", {"tsdemux", "h264parse"}, Use::kDemo, kBad},
}};

const char* meaning(Use use) {
  switch (use) {
    case Use::kAnyHost:
      return "nothing can be encoded without them";
    case Use::kAudio:
      return "sound may have to be shared without it";
    case Use::kDemo:
      break;
  }
  return "pixelpass demo needs them";
}

Check judge_group(const ElementGroup& group, const DoctorFacts& facts) {
  std::string all;
  std::string lacking;
  for (const char* element : group.elements) {
    if (element == nullptr) continue;
    all += (all.empty() ? "" : ", ") + std::string(element);
    if (std::ranges::find(facts.elements.present, element) == facts.elements.present.end())
      lacking += (lacking.empty() ? "" : ", ") + std::string(element);
  }
  if (lacking.empty()) return {kEncodingArea, group.name, CheckStatus::kOk, all};
  return {kEncodingArea,
          group.name,
          group.use == Use::kAnyHost ? CheckStatus::kMissing : CheckStatus::kWarning,
          "GStreamer has no " + lacking,
          meaning(group.use),
          install(facts, std::array{group.package}),
          kBlocksHost};
}

using Reports = std::vector<encode::EncoderReport>;

bool is_hardware(const encode::EncoderReport& report) {
  return report.option == "vaapi" || report.option == "nvenc";
}

/// An encoder that is not usable matters only if none is, or if it is available and would save CPU time.
void judge_encoders(std::vector<Check>& checks, const Reports& reports, bool has_gpu, const Check& none) {
  const auto usable = [](const auto& report) { return report.usable; };
  const bool any = std::ranges::any_of(reports, usable);
  const bool hardware =
      std::ranges::any_of(reports, [](const auto& report) { return report.usable && is_hardware(report); });
  for (const auto& report : reports) {
    Check check{kEncodingArea, report.name, CheckStatus::kOk, report.why, {}, report.hint};
    if (!report.usable) check.status = any ? CheckStatus::kWarning : none.status;
    if (!report.usable && is_hardware(report) && has_gpu && !hardware && !report.hint.empty())
      check.means = "the processor encodes instead";
    checks.push_back(std::move(check));
  }
  if (!any) checks.push_back(none);
}

std::vector<Check> judge_codecs(const DoctorFacts& facts) {
  const EncoderFactsFound& found = facts.encoders;
  if (!found.failure.what.empty())
    return {{kEncodingArea, "encoders", CheckStatus::kMissing, found.failure.what,
             "which encoders there are is not known; one of them is at fault, most likely a graphics driver",
             found.failure.hint, kBlocksHost}};
  const Check no_video{
      kEncodingArea, "H.264", CheckStatus::kMissing, "no encoder works", "nothing can be shared", {},
      kBlocksHost};
  const Check no_audio{kEncodingArea, "AAC", CheckStatus::kWarning, "no encoder is there",
                       "no sound is shared"};
  std::vector<Check> checks;
  judge_encoders(checks, found.video, !facts.gpu.gpus.empty(), no_video);
  judge_encoders(checks, found.audio, false, no_audio);
  return checks;
}

std::vector<Check> judge_gpus(const GpuFacts& facts) {
  if (!facts.failure.what.empty())
    return {{kEncodingArea,
             "graphics driver",
             CheckStatus::kWarning,
             facts.failure.what,
             "its H.264 encoder is of no use; software does it",
             {}}};
  std::vector<Check> checks;
  for (const Gpu& gpu : facts.gpus)
    checks.push_back({kEncodingArea, gpu.path, gpu.encodes ? CheckStatus::kOk : CheckStatus::kWarning,
                      gpu.driver.empty() ? gpu.what : gpu.driver + ": " + gpu.what});
  if (checks.empty())
    checks.push_back(
        {kEncodingArea, "graphics", CheckStatus::kOk, "no render node in /dev/dri: software encodes"});
  return checks;
}

}  // namespace

std::vector<std::string> wanted_elements() {
  std::vector<std::string> all;
  for (const ElementGroup& group : kGroups)
    for (const char* element : group.elements)
      if (element != nullptr) all.emplace_back(element);
  return all;
}

std::vector<Check> judge_elements(const DoctorFacts& facts) {
  const ElementFacts& found = facts.elements;
  if (!found.failure.what.empty())
    return {{kEncodingArea, "GStreamer", CheckStatus::kMissing, found.failure.what,
             "nothing can be encoded without it", install(facts, std::array{kBase, kGood}), kBlocksHost}};
  std::vector<Check> checks{{kEncodingArea, "GStreamer", CheckStatus::kOk, found.version}};
  for (const ElementGroup& group : kGroups) checks.push_back(judge_group(group, facts));
  return checks;
}

std::vector<Check> judge_encoding(const DoctorFacts& facts) {
  std::vector<Check> checks = judge_elements(facts);
  if (checks.front().status != CheckStatus::kOk) return checks;
  std::ranges::move(judge_gpus(facts.gpu), std::back_inserter(checks));
  std::ranges::move(judge_codecs(facts), std::back_inserter(checks));
  return checks;
}

}  // namespace pixelpass::app
