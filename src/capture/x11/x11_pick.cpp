#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"

#include "capture/x11/x11_screen.hpp"

#include <algorithm>
#include <deque>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace pixelpass::capture {
namespace {

constexpr std::uint16_t kCrosshair = 34;  ///< XC_crosshair of X11/cursorfont.h; the mask is the next glyph
constexpr xcb_keysym_t kEscape = 0xff1b;  ///< XK_Escape of X11/keysymdef.h
constexpr std::uint16_t kBright = 0xffff;
/// How long the grab is tried: a key or a button that is held down gives another program the grab for a
/// moment.
constexpr Duration kGrabPatience = 2s;
constexpr Duration kGrabPause = 20ms;

StartupError server_gone() {
  return {"the X server has gone away", "log in again"};
}

class CrosshairCursor {
 public:
  explicit CrosshairCursor(const X11Connection& x11) : x11_(x11), id_(x11.new_id()) {
    constexpr std::string_view kFont = "cursor";
    const auto font = x11.new_id();
    xcb_open_font(x11.get(), font, kFont.size(), kFont.data());
    xcb_create_glyph_cursor(x11.get(), id_, font, font, kCrosshair, kCrosshair + 1, 0, 0, 0, kBright, kBright,
                            kBright);
    xcb_close_font(x11.get(), font);
  }
  ~CrosshairCursor() { xcb_free_cursor(x11_.get(), id_); }
  CrosshairCursor(const CrosshairCursor&) = delete;
  CrosshairCursor& operator=(const CrosshairCursor&) = delete;

  [[nodiscard]] xcb_cursor_t id() const { return id_; }

 private:
  const X11Connection& x11_;
  xcb_cursor_t id_;
};

/// Grabs pointer and keyboard as long as this lives.
class InputGrab {
 public:
  explicit InputGrab(const X11Connection& x11) : x11_(x11), cursor_(x11) {
    for (const auto give_up = Clock::now() + kGrabPatience; !take();) {
      if (x11.lost()) throw server_gone();
      if (Clock::now() > give_up)
        throw StartupError("another program holds the mouse pointer: no window can be picked",
                           "close its menu or dialog, or name the window: --window XID (xwininfo shows it)");
      std::this_thread::sleep_for(kGrabPause);
    }
  }
  ~InputGrab() {
    xcb_ungrab_pointer(x11_.get(), XCB_CURRENT_TIME);
    xcb_ungrab_keyboard(x11_.get(), XCB_CURRENT_TIME);
    xcb_flush(x11_.get());
  }
  InputGrab(const InputGrab&) = delete;
  InputGrab& operator=(const InputGrab&) = delete;

 private:
  /// Takes the grab; false: another program has it, or the server has gone. Throws StartupError where the
  /// server refuses. The keyboard is only for Escape, and is done without where it cannot be had.
  [[nodiscard]] bool take() const {
    auto* const connection = x11_.get();
    const auto pointer = xcb_grab_pointer(
        connection, 0, x11_.root(), XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE,
        XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC, XCB_NONE, cursor_.id(), XCB_CURRENT_TIME);
    const auto keyboard = xcb_grab_keyboard(connection, 0, x11_.root(), XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC,
                                            XCB_GRAB_MODE_ASYNC);
    x11_.reply(xcb_grab_keyboard_reply, keyboard);
    const auto answer = x11_.reply(xcb_grab_pointer_reply, pointer);
    if (answer == nullptr && !x11_.lost())
      throw StartupError(
          "the X server does not let a program take the mouse pointer: no window can be picked",
          "name the window: --window XID (xwininfo shows it)");
    return answer != nullptr && answer->status == XCB_GRAB_STATUS_SUCCESS;
  }

  const X11Connection& x11_;
  CrosshairCursor cursor_;
};

std::vector<xcb_keycode_t> escape_keys(const X11Connection& x11) {
  const auto* setup = xcb_get_setup(x11.get());
  const auto keys = static_cast<std::uint8_t>(setup->max_keycode - setup->min_keycode + 1);
  const auto mapping = x11.reply(xcb_get_keyboard_mapping_reply,
                                 xcb_get_keyboard_mapping(x11.get(), setup->min_keycode, keys));
  std::vector<xcb_keycode_t> found;
  if (mapping == nullptr) return found;
  const std::span symbols(xcb_get_keyboard_mapping_keysyms(mapping.get()),
                          static_cast<std::size_t>(xcb_get_keyboard_mapping_keysyms_length(mapping.get())));
  for (std::size_t i = 0; i < symbols.size(); ++i)
    if (symbols[i] == kEscape)
      found.push_back(static_cast<xcb_keycode_t>(setup->min_keycode + i / mapping->keysyms_per_keycode));
  return found;
}

/// The application's own window below a top-level one: window managers put frames around it, and mark the
/// application's window with WM_STATE (ICCCM 4.1.3.1).
xcb_window_t client_below(const X11Connection& x11, xcb_window_t top) {
  const auto wm_state = x11.atom("WM_STATE");
  for (std::deque<xcb_window_t> open{top}; !open.empty(); open.pop_front()) {
    const auto window = open.front();
    const auto property =
        x11.reply(xcb_get_property_reply,
                  xcb_get_property(x11.get(), 0, window, wm_state, XCB_GET_PROPERTY_TYPE_ANY, 0, 0));
    if (property != nullptr && property->type != XCB_ATOM_NONE) return window;
    const auto tree = x11.reply(xcb_query_tree_reply, xcb_query_tree(x11.get(), window));
    if (tree == nullptr) continue;
    const auto* children = xcb_query_tree_children(tree.get());
    open.insert(open.end(), children, children + xcb_query_tree_children_length(tree.get()));
  }
  return top;  // no window manager
}

xcb_window_t clicked(const X11Connection& x11, const xcb_button_press_event_t& press) {
  if (press.child == XCB_NONE)
    throw StartupError("you clicked on the background, not on a window",
                       "try again, or share a whole monitor: --monitor 1");
  return client_below(x11, press.child);
}

}  // namespace

std::optional<xcb_window_t> pick_window(const X11Connection& x11) {
  const auto escape = escape_keys(x11);
  const InputGrab grab(x11);
  std::optional<xcb_button_press_event_t> press;
  while (const Reply<xcb_generic_event_t> event{xcb_wait_for_event(x11.get())}) {
    const auto type = event->response_type & 0x7f;
    if (type == XCB_BUTTON_PRESS && !press) press = reinterpret_cast<const xcb_button_press_event_t&>(*event);
    // The release is waited for, so that no program gets it that has not seen the press.
    if (type == XCB_BUTTON_RELEASE && press)
      return press->detail == XCB_BUTTON_INDEX_1 ? std::optional(clicked(x11, *press)) : std::nullopt;
    if (type == XCB_KEY_PRESS) {
      const auto key = reinterpret_cast<const xcb_key_press_event_t&>(*event).detail;
      if (std::ranges::find(escape, key) != escape.end()) return std::nullopt;
    }
  }
  throw server_gone();
}

}  // namespace pixelpass::capture
