#include "app/doctor/doctor_areas.hpp"

#include <array>

namespace pixelpass::app {
namespace {

constexpr const char* kAudioArea = "sound";
constexpr std::array<PackageNames, 1> kPipeWirePackages{{{"pipewire", "pipewire", "pipewire", "pipewire"}}};
constexpr std::array<PackageNames, 1> kWirePlumber{
    {{"wireplumber", "wireplumber", "wireplumber", "wireplumber"}}};
constexpr std::array<PackageNames, 1> kPulse{
    {{"pipewire-pulse", "pipewire-pulseaudio", "pipewire-pulse", "pipewire-pulseaudio"}}};

/// "start it: …; install it: …".
std::string start_or_install(const DoctorFacts& facts, const char* service,
                             std::span<const PackageNames> packages) {
  return std::string("systemctl --user start ") + service +
         ", or if it is not there: " + install(facts, packages);
}

Check judge_pipewire(const DoctorFacts& facts) {
  const PipeWireFacts& pipewire = facts.pipewire;
  if (pipewire.failure.what.empty())
    return {kAudioArea, "PipeWire", CheckStatus::kOk, "answers, version " + pipewire.version};
  // A Wayland screen and the sound come through PipeWire; nothing else does.
  const bool wayland = facts.session.wayland();
  return {kAudioArea,
          "PipeWire",
          wayland ? CheckStatus::kMissing : CheckStatus::kWarning,
          pipewire.failure.what,
          wayland ? "neither the screen nor sound can be shared without it" : "no sound is shared",
          start_or_install(facts, "pipewire", kPipeWirePackages),
          {true, false}};
}

Check judge_manager(const DoctorFacts& facts) {
  const std::string& manager = facts.pipewire.session_manager;
  if (!manager.empty()) return {kAudioArea, "session manager", CheckStatus::kOk, manager};
  return {kAudioArea,
          "session manager",
          CheckStatus::kWarning,
          "none",
          "PipeWire connects nothing by itself: no sound, and with most desktops no screen",
          start_or_install(facts, "wireplumber", kWirePlumber)};
}

Check judge_sink(const DoctorFacts& facts) {
  const std::string& sink = facts.pipewire.default_sink;
  if (!sink.empty()) return {kAudioArea, "speakers", CheckStatus::kOk, sink};
  return {kAudioArea,
          "speakers",
          CheckStatus::kWarning,
          "no default output",
          "applications have nowhere to play to, so there is no sound to share",
          "see what there is: wpctl status; PulseAudio's applications also need: " + install(facts, kPulse)};
}

}  // namespace

std::vector<Check> judge_audio(const DoctorFacts& facts) {
  std::vector<Check> checks{judge_pipewire(facts)};
  if (!facts.pipewire.failure.what.empty()) return checks;
  checks.push_back(judge_manager(facts));
  checks.push_back(judge_sink(facts));
  return checks;
}

}  // namespace pixelpass::app
