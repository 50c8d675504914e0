#include "capture/x11/x11_target.hpp"

#include "capture/x11/x11_screen.hpp"
#include <xcb/composite.h>
#include <xcb/randr.h>

#include <utility>

namespace pixelpass::capture {
namespace {

void select_events(const X11Connection& x11, xcb_window_t window, std::uint32_t events) {
  xcb_change_window_attributes(x11.get(), window, XCB_CW_EVENT_MASK, &events);
}

/// Follows a monitor by its name, or the whole screen.
class MonitorTarget final : public X11Target {
 public:
  MonitorTarget(const X11Connection& x11, const X11Settings& settings);

  TargetState look() override;
  [[nodiscard]] bool concerns(const xcb_generic_event_t& event) const override;
  [[nodiscard]] xcb_window_t window() const override { return x11_.root(); }

 private:
  void choose(const X11Settings& settings);
  void take(const Monitor& monitor);
  std::optional<Region> find(std::optional<Error>& notice);
  [[nodiscard]] Error gone() const;

  const X11Connection& x11_;
  const std::function<void(const std::string&)> on_monitor_;
  std::string name_;       ///< of the chosen one; empty: the whole screen
  bool is_asked_ = false;  ///< for this one: no other may take its place
  bool missing_ = false;
  std::optional<Error> first_notice_;
};

MonitorTarget::MonitorTarget(const X11Connection& x11, const X11Settings& settings)
    : x11_(x11), on_monitor_(settings.on_monitor) {
  select_events(x11_, x11_.root(), XCB_EVENT_MASK_STRUCTURE_NOTIFY);
  if (x11_.events().randr != 0)
    xcb_randr_select_input(x11_.get(), x11_.root(),
                           XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE | XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
                               XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
  if (settings.monitor != kAllMonitors) choose(settings);
}

void MonitorTarget::choose(const X11Settings& settings) {
  const auto monitors = monitors_of(x11_);
  const auto wanted = asked_or_last(monitors, settings.monitor, settings.last_choice);
  is_asked_ = !wanted.empty();
  if (const auto* monitor = find_monitor(monitors, wanted)) {
    take(*monitor);
  } else if (is_asked_) {
    throw StartupError(
        "there is no monitor \"" + settings.monitor + "\"; there is " +
            (monitors.empty() ? "only the whole screen" : list_of(monitors)),
        monitors.empty() ? "leave --monitor out" : "choose one by its name or its number, or --monitor all");
  }
  if (settings.monitor.empty() && monitors.size() > 1)
    first_notice_ = Error{"sharing one monitor of " + std::to_string(monitors.size()) + ": " + name_,
                          "--monitor chooses another, or all: " + list_of(monitors)};
}

void MonitorTarget::take(const Monitor& monitor) {
  name_ = monitor.name;
  if (on_monitor_) on_monitor_(name_);
}

Error MonitorTarget::gone() const {
  return {"the monitor " + name_ + " has gone: viewers keep its last picture", "plug it in or switch it on"};
}

std::optional<Region> MonitorTarget::find(std::optional<Error>& notice) {
  const auto monitors = monitors_of(x11_);
  const auto* monitor = name_.empty() ? nullptr : find_monitor(monitors, name_);
  if (monitor == nullptr && !is_asked_ && !monitors.empty()) {
    // The monitor that has gone was not asked for by name.
    monitor = find_monitor(monitors, {});
    notice = Error{"the monitor " + name_ + " has gone: sharing " + monitor->name + " now",
                   "for another one: pixelpass screen --monitor NAME"};
    take(*monitor);
  }
  const bool was_missing = std::exchange(missing_, monitor == nullptr);
  if (missing_ && !was_missing) notice = gone();
  return missing_ ? std::nullopt : std::optional(monitor->region);
}

TargetState MonitorTarget::look() {
  TargetState state;
  state.notice = std::exchange(first_notice_, std::nullopt);
  const auto screen = screen_region(x11_);
  const auto wanted = name_.empty() ? screen : find(state.notice);
  const auto region = wanted ? intersection(*wanted, screen) : std::nullopt;
  if (region) state.area = GrabArea{x11_.root(), *region, *region};
  return state;
}

bool MonitorTarget::concerns(const xcb_generic_event_t& event) const {
  const auto type = type_of(event);
  if (type == XCB_CONFIGURE_NOTIFY) return true;
  const int randr = x11_.events().randr;
  return randr != 0 && (type == randr + XCB_RANDR_SCREEN_CHANGE_NOTIFY || type == randr + XCB_RANDR_NOTIFY);
}

/// Follows a window. Its pixels are grabbed from its own storage (the Composite extension), so that windows
/// above it are not shared, and its parts beyond the screen's edge are.
class WindowTarget final : public X11Target {
 public:
  WindowTarget(const X11Connection& x11, xcb_window_t window);

  TargetState look() override;
  [[nodiscard]] bool concerns(const xcb_generic_event_t& event) const override;
  [[nodiscard]] xcb_window_t window() const override { return window_; }

 private:
  void let_go();
  [[nodiscard]] Error hidden() const;

  const X11Connection& x11_;
  const xcb_window_t window_;
  WindowState state_;
  xcb_pixmap_t pixels_ = XCB_NONE;  ///< freed by the server with the connection
  bool said_hidden_ = false;
};

WindowState need_window(const X11Connection& x11, xcb_window_t window) {
  const auto state = window_state(x11, window);
  if (!state) {
    const auto windows = list_of_windows(x11);
    throw StartupError(
        "there is no window " + to_hex(window) + (windows.empty() ? "" : "; there are " + windows),
        "--window without a number lets you click on it; xwininfo shows a window's number");
  }
  if (!state->capturable)
    throw StartupError("the window " + to_hex(window) + " has no picture of 24 bits a pixel",
                       "choose another window, or share the monitor: --monitor 1");
  if (!x11.has_composite())
    throw StartupError("windows cannot be shared: the X server has no Composite extension",
                       "enable it in xorg.conf, or share the monitor: --monitor 1");
  return *state;
}

WindowTarget::WindowTarget(const X11Connection& x11, xcb_window_t window)
    : x11_(x11), window_(window), state_(need_window(x11, window)) {
  select_events(x11_, window_, XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_VISIBILITY_CHANGE);
  if (x11_.succeeds(
          xcb_composite_redirect_window_checked(x11_.get(), window_, XCB_COMPOSITE_REDIRECT_AUTOMATIC)))
    return;
  need_window(x11_, window_);  // it may have gone since we asked
  throw StartupError("the X server gives the window " + to_hex(window_) + " no storage of its own",
                     "choose another window, or share the monitor: --monitor 1");
}

void WindowTarget::let_go() {
  if (pixels_ != XCB_NONE) xcb_free_pixmap(x11_.get(), std::exchange(pixels_, XCB_NONE));
}

Error WindowTarget::hidden() const {
  return {"the shared window is not on the screen: viewers keep its last picture",
          "bring \"" + window_title(x11_, window_) + "\" back"};
}

TargetState WindowTarget::look() {
  TargetState found;
  const auto state = window_state(x11_, window_);
  let_go();
  if (!state) {
    found.closed = true;
    return found;
  }
  state_ = *state;
  if (!state_.viewable) {
    if (!std::exchange(said_hidden_, true)) found.notice = hidden();
    return found;
  }
  said_hidden_ = false;
  const auto pixels = x11_.new_id();
  if (!x11_.succeeds(xcb_composite_name_window_pixmap_checked(x11_.get(), window_, pixels)))
    return found;  // it has gone since we asked: an event is on its way
  pixels_ = pixels;
  found.area = GrabArea{pixels_,
                        {state_.border, state_.border, state_.width, state_.height},
                        {0, 0, state_.width, state_.height}};
  return found;
}

bool WindowTarget::concerns(const xcb_generic_event_t& event) const {
  switch (type_of(event)) {
    case XCB_CONFIGURE_NOTIFY: {
      const auto& now = reinterpret_cast<const xcb_configure_notify_event_t&>(event);
      return now.width != state_.width || now.height != state_.height || now.border_width != state_.border;
    }
    case XCB_VISIBILITY_NOTIFY:
      return pixels_ == XCB_NONE;
    case XCB_MAP_NOTIFY:
    case XCB_UNMAP_NOTIFY:
    case XCB_REPARENT_NOTIFY:
    case XCB_DESTROY_NOTIFY:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::unique_ptr<X11Target> make_x11_target(const X11Connection& x11, const X11Settings& settings) {
  auto window = settings.window;
  if (!window && settings.pick_window) {
    window = pick_window(x11);
    if (!window)
      throw StartupError("no window was picked", "start again and click on it, or name it: --window XID");
  }
  if (window == x11.root()) {
    auto whole = settings;
    whole.monitor = kAllMonitors;
    return std::make_unique<MonitorTarget>(x11, whole);
  }
  if (window) return std::make_unique<WindowTarget>(x11, *window);
  return std::make_unique<MonitorTarget>(x11, settings);
}

}  // namespace pixelpass::capture
