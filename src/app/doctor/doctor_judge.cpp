#include "app/doctor/doctor_judge.hpp"

#include "app/doctor/doctor_areas.hpp"

#include <algorithm>
#include <iterator>

namespace pixelpass::app {
namespace {

/// The areas that block viewing; everything else that a viewer may lack is a player or its window, and the
/// stream can be recorded or passed on without.
constexpr const char* kNetworkArea = "network";

}  // namespace

std::string install(const DoctorFacts& facts, std::span<const PackageNames> packages) {
  return install_command(packages, facts.packages, facts.as_root);
}

std::vector<Check> judge(const DoctorFacts& facts) {
  std::vector<Check> checks;
  for (auto* area : {judge_screen, judge_audio, judge_encoding, judge_viewing, judge_network})
    std::ranges::move(area(facts), std::back_inserter(checks));
  return checks;
}

DoctorResult sum_up(const std::vector<Check>& checks) {
  DoctorResult result;
  for (const Check& check : checks) {
    const bool missing = check.status == CheckStatus::kMissing;
    result.ok += check.status == CheckStatus::kOk ? 1 : 0;
    result.warnings += check.status == CheckStatus::kWarning ? 1 : 0;
    result.missing += missing ? 1 : 0;
    if (missing && check.blocks.host) result.host_lacks.push_back(check.name);
    if (!missing || !check.blocks.view) continue;
    result.view_lacks.push_back(check.name);
    if (check.area == kNetworkArea) result.can_view_without_player = false;
  }
  return result;
}

}  // namespace pixelpass::app
