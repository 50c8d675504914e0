#include "capture/x11/x11_screen.hpp"

#include <xcb/randr.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace pixelpass::capture {
namespace {

constexpr std::uint32_t kLongestText = 256;    ///< of a property, in 4 bytes each
constexpr std::uint32_t kMostWindows = 1024;   ///< asked for
constexpr std::size_t kMostWindowsNamed = 12;  ///< a list that is longer helps nobody

std::string atom_name(const X11Connection& x11, xcb_atom_t atom) {
  const auto answer = x11.reply(xcb_get_atom_name_reply, xcb_get_atom_name(x11.get(), atom));
  if (answer == nullptr) return {};
  return {xcb_get_atom_name_name(answer.get()),
          static_cast<std::size_t>(xcb_get_atom_name_name_length(answer.get()))};
}

Reply<xcb_get_property_reply_t> property(const X11Connection& x11, xcb_window_t window, xcb_atom_t name,
                                         std::uint32_t length) {
  return x11.reply(xcb_get_property_reply,
                   xcb_get_property(x11.get(), 0, window, name, XCB_GET_PROPERTY_TYPE_ANY, 0, length));
}

std::string text_property(const X11Connection& x11, xcb_window_t window, xcb_atom_t name) {
  const auto answer = property(x11, window, name, kLongestText);
  if (answer == nullptr || answer->format != 8) return {};
  return {static_cast<const char*>(xcb_get_property_value(answer.get())),
          static_cast<std::size_t>(xcb_get_property_value_length(answer.get()))};
}

}  // namespace

Region screen_region(const X11Connection& x11) {
  const auto geometry = x11.reply(xcb_get_geometry_reply, xcb_get_geometry(x11.get(), x11.root()));
  if (geometry == nullptr) return {};
  return {0, 0, geometry->width, geometry->height};
}

std::vector<Monitor> monitors_of(const X11Connection& x11) {
  std::vector<Monitor> monitors;
  if (x11.events().randr == 0) return monitors;
  const auto answer =
      x11.reply(xcb_randr_get_monitors_reply, xcb_randr_get_monitors(x11.get(), x11.root(), 1));
  if (answer == nullptr) return monitors;
  for (auto one = xcb_randr_get_monitors_monitors_iterator(answer.get()); one.rem > 0;
       xcb_randr_monitor_info_next(&one)) {
    const auto& info = *one.data;
    monitors.push_back(
        {atom_name(x11, info.name), {info.x, info.y, info.width, info.height}, info.primary != 0});
  }
  return monitors;
}

bool is_xwayland(const X11Connection& x11) {
  // The extension exists since Xwayland 23.1; before that, the outputs' names are XWAYLAND0 and so on.
  constexpr std::string_view kName = "XWAYLAND";
  const auto extension =
      x11.reply(xcb_query_extension_reply, xcb_query_extension(x11.get(), kName.size(), kName.data()));
  if (extension != nullptr && extension->present != 0) return true;
  return std::ranges::any_of(monitors_of(x11),
                             [&](const Monitor& monitor) { return monitor.name.starts_with(kName); });
}

std::optional<WindowState> window_state(const X11Connection& x11, xcb_window_t window) {
  const auto geometry_asked = xcb_get_geometry(x11.get(), window);
  const auto attributes_asked = xcb_get_window_attributes(x11.get(), window);
  const auto geometry = x11.reply(xcb_get_geometry_reply, geometry_asked);
  const auto attributes = x11.reply(xcb_get_window_attributes_reply, attributes_asked);
  if (geometry == nullptr || attributes == nullptr) return std::nullopt;
  const auto* visual = find_visual(x11.screen(), attributes->visual);
  return WindowState{
      geometry->width, geometry->height, geometry->border_width,
      attributes->map_state == XCB_MAP_STATE_VIEWABLE,
      attributes->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT && visual != nullptr && is_bgrx(*visual)};
}

std::string window_title(const X11Connection& x11, xcb_window_t window) {
  const auto title = text_property(x11, window, x11.atom("_NET_WM_NAME"));
  return title.empty() ? text_property(x11, window, XCB_ATOM_WM_NAME) : title;
}

std::string list_of_windows(const X11Connection& x11) {
  const auto answer = property(x11, x11.root(), x11.atom("_NET_CLIENT_LIST"), kMostWindows);
  if (answer == nullptr || answer->format != 32) return {};
  const std::span windows(static_cast<const xcb_window_t*>(xcb_get_property_value(answer.get())),
                          answer->value_len);
  std::string text;
  for (const auto window : windows.first(std::min(windows.size(), kMostWindowsNamed)))
    text += (text.empty() ? "" : ", ") + to_hex(window) + " \"" + window_title(x11, window) + "\"";
  return text;
}

std::string to_hex(xcb_window_t window) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), window, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

}  // namespace pixelpass::capture
