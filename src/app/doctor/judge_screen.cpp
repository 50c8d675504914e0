#include "app/doctor/doctor_areas.hpp"

#include <array>

namespace pixelpass::app {
namespace {

constexpr const char* kScreenArea = "screen";

Check judge_session(const SessionFacts& session) {
  Check check{kScreenArea, "session", CheckStatus::kOk, {}};
  const std::string desktop = session.desktop.empty() ? "" : ", " + session.desktop;
  if (session.wayland()) {
    check.found = "Wayland (" +
                  (session.wayland_display.empty() ? "XDG_SESSION_TYPE says so" : session.wayland_display) +
                  ")" + desktop;
  } else if (session.x11()) {
    check.found = "X11 (" + session.x_display + ")" + desktop;
  } else {
    check.status = CheckStatus::kMissing;
    check.found = "neither WAYLAND_DISPLAY nor DISPLAY is set";
    check.means = "there is no screen to share, and none for a player";
    check.hint = "start pixelpass in a terminal of your desktop session";
    check.blocks = {true, true};
  }
  return check;
}

Check judge_bus(const DoctorFacts& facts) {
  const Failure& failure = facts.bus.failure;
  if (failure.what.empty()) return {kScreenArea, "session bus", CheckStatus::kOk, "answers"};
  Check check{kScreenArea, "session bus", CheckStatus::kWarning, failure.what, {}, {}, kBlocksHost};
  if (!facts.session.wayland()) return check;
  check.status = CheckStatus::kMissing;
  check.means = "a Wayland screen is shared through the portal, which is asked over this bus";
  check.hint = failure.hint;
  return check;
}

std::string names(unsigned bits, std::span<const char* const> all) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    if ((bits & (1U << i)) != 0) text += (text.empty() ? "" : ", ") + std::string(all[i]);
  return text.empty() ? "none" : text;
}

std::string offer(const PortalFacts& portal) {
  constexpr std::array<const char*, 3> kSources{"monitors", "windows", "virtual monitors"};
  constexpr std::array<const char*, 3> kCursors{"hidden", "embedded", "metadata"};
  return "ScreenCast " + std::to_string(portal.version) + ", shares " + names(portal.source_types, kSources) +
         ", pointer " + names(portal.cursor_modes, kCursors);
}

Check judge_portal(const DoctorFacts& facts) {
  constexpr unsigned kRemembers = 4;
  const PortalFacts& portal = facts.portal;
  Check check{kScreenArea, "portal", CheckStatus::kOk, {}, {}, {}, kBlocksHost};
  if (!portal.failure.what.empty()) {
    check.found = portal.failure.what;
    check.status = facts.session.wayland() ? CheckStatus::kMissing : CheckStatus::kWarning;
    if (!facts.session.wayland()) return check;
    check.means = "a Wayland screen cannot be shared without it";
    check.hint = portal.failure.hint;
    return check;
  }
  check.found = offer(portal);
  if (portal.version >= kRemembers) return check;
  check.status = CheckStatus::kWarning;
  check.means = "it cannot remember your choice: it asks at every start";
  return check;
}

Check judge_x11(const DoctorFacts& facts) {
  const bool needed = !facts.session.wayland();
  Check check{kScreenArea, "X11", CheckStatus::kOk, "answers, with shared memory", {}, {}, kBlocksHost};
  if (!facts.x11.failure.what.empty()) {
    check.status = needed ? CheckStatus::kMissing : CheckStatus::kWarning;
    check.found = facts.x11.failure.what;
    if (needed) check.means = "an X11 screen cannot be shared";
    check.hint = facts.x11.failure.hint;
  } else if (!facts.x11.shared_memory) {
    check.status = CheckStatus::kWarning;
    check.found = "answers, without shared memory";
    check.means = "each picture is copied through a socket: slow";
  }
  return check;
}

}  // namespace

std::vector<Check> judge_screen(const DoctorFacts& facts) {
  std::vector<Check> checks{judge_session(facts.session)};
  if (!facts.session.wayland() && !facts.session.x11()) return checks;
  checks.push_back(judge_bus(facts));
  checks.push_back(judge_portal(facts));
  if (facts.session.x11()) checks.push_back(judge_x11(facts));
  return checks;
}

}  // namespace pixelpass::app
