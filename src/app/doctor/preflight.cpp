#include "app/doctor/preflight.hpp"

#include "app/doctor/doctor_areas.hpp"
#include <unistd.h>

#include <algorithm>

namespace pixelpass::app {
namespace {

DoctorFacts about_here() {
  DoctorFacts facts;
  facts.packages = package_manager();
  facts.as_root = geteuid() == 0;
  return facts;
}

Error error_of(const Check& check) {
  return {check.found + ": " + check.means, "install it: " + check.hint};
}

}  // namespace

std::optional<Error> foresee_host(const ElementFacts& elements) {
  DoctorFacts facts = about_here();
  facts.elements = elements;
  const auto checks = judge_elements(facts);
  const auto missing = std::ranges::find(checks, CheckStatus::kMissing, &Check::status);
  return missing == checks.end() ? std::nullopt : std::optional(error_of(*missing));
}

std::optional<Error> foresee_view(PlayerChoice choice, const PlayerFacts& players) {
  const bool vlc = choice == PlayerChoice::kVlc || (choice == PlayerChoice::kAuto && !players.mpv);
  if (!vlc || !players.vlc) return std::nullopt;
  DoctorFacts facts = about_here();
  facts.players = players;
  facts.players.mpv = false;  // it is VLC that is going to play
  const Check check = judge_vlc_plugins(facts);
  return check.status == CheckStatus::kMissing ? std::optional(error_of(check)) : std::nullopt;
}

}  // namespace pixelpass::app
