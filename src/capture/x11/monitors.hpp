#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::capture {

/// A rectangle of a screen or a window, in pixels, from its top left corner.
struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  friend bool operator==(const Region&, const Region&) = default;
};

/// The part that both have in common; nullopt: none.
std::optional<Region> intersection(const Region& a, const Region& b);
/// "1920x1080+0+0", as X11 programs write it.
std::string to_string(const Region& region);

struct Monitor {
  std::string name;
  Region region;
  bool primary = false;
};

/// The monitor that `wanted` names: by its exact name, then by its name whatever the case, then by its number
/// from 1. Empty: the primary one, else the first. Nullptr: none.
const Monitor* find_monitor(std::span<const Monitor> monitors, std::string_view wanted);
/// The monitor after the one that `present` names; after the last one comes the first. Nullptr: there is no
/// other.
const Monitor* monitor_after(std::span<const Monitor> monitors, std::string_view present);
/// What find_monitor() has to look for: what was asked for; if that is nothing, what was chosen last, by its
/// exact name, if that monitor is there.
std::string_view asked_or_last(std::span<const Monitor> monitors, std::string_view asked,
                               std::string_view last_choice);
/// The list for people, in the monitors' order: "1: eDP-1 1920x1080+0+0 (primary), 2: HDMI-1 …"
std::string list_of(std::span<const Monitor> monitors);

}  // namespace pixelpass::capture
