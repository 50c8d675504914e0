#include "capture/x11/monitors.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace pixelpass::capture {
namespace {

bool same_but_for_case(const std::string& a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), b.size()) == 0;
}

/// The first match, or nullptr.
template <class Matches>
const Monitor* first(std::span<const Monitor> monitors, Matches matches) {
  const auto found = std::ranges::find_if(monitors, matches);
  return found == monitors.end() ? nullptr : &*found;
}

const Monitor* numbered(std::span<const Monitor> monitors, std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 1 && number <= monitors.size() ? &monitors[number - 1] : nullptr;
}

}  // namespace

std::optional<Region> intersection(const Region& a, const Region& b) {
  const int left = std::max(a.x, b.x);
  const int top = std::max(a.y, b.y);
  const int right = std::min(a.x + a.width, b.x + b.width);
  const int bottom = std::min(a.y + a.height, b.y + b.height);
  if (right <= left || bottom <= top) return std::nullopt;
  return Region{left, top, right - left, bottom - top};
}

std::string to_string(const Region& region) {
  const auto with_sign = [](int offset) { return (offset < 0 ? "" : "+") + std::to_string(offset); };
  return std::to_string(region.width) + "x" + std::to_string(region.height) + with_sign(region.x) +
         with_sign(region.y);
}

const Monitor* find_monitor(std::span<const Monitor> monitors, std::string_view wanted) {
  if (wanted.empty()) {
    const auto* primary = first(monitors, [](const Monitor& monitor) { return monitor.primary; });
    return primary != nullptr || monitors.empty() ? primary : &monitors.front();
  }
  // An exact name comes first, since it may be a number, or differ from another in case alone.
  if (const auto* named = first(monitors, [&](const Monitor& monitor) { return monitor.name == wanted; }))
    return named;
  if (const auto* named =
          first(monitors, [&](const Monitor& monitor) { return same_but_for_case(monitor.name, wanted); }))
    return named;
  return numbered(monitors, wanted);
}

const Monitor* monitor_after(std::span<const Monitor> monitors, std::string_view present) {
  const auto* now = find_monitor(monitors, present);
  if (now == nullptr) return monitors.empty() ? nullptr : &monitors.front();
  if (monitors.size() < 2) return nullptr;
  return now == &monitors.back() ? &monitors.front() : now + 1;
}

std::string_view asked_or_last(std::span<const Monitor> monitors, std::string_view asked,
                               std::string_view last_choice) {
  if (!asked.empty()) return asked;
  const auto is_last = [&](const Monitor& monitor) { return monitor.name == last_choice; };
  return first(monitors, is_last) != nullptr ? last_choice : asked;
}

std::string list_of(std::span<const Monitor> monitors) {
  std::string text;
  int number = 0;
  for (const auto& monitor : monitors) {
    text += (text.empty() ? "" : ", ") + std::to_string(++number) + ": " + monitor.name + " " +
            to_string(monitor.region) + (monitor.primary ? " (primary)" : "");
  }
  return text;
}

}  // namespace pixelpass::capture
