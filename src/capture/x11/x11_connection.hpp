#pragma once

#include <xcb/xcb.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace pixelpass::capture {

struct FreeReply {
  void operator()(void* reply) const noexcept { std::free(reply); }
};
template <class T>
using Reply = std::unique_ptr<T, FreeReply>;

/// The numbers at which extensions' events begin; 0: the server does not have the extension.
struct X11Events {
  std::uint8_t damage = 0;
  std::uint8_t fixes = 0;
  std::uint8_t randr = 0;
};

/// The event's type. The bit that is masked out says that a program sent it, not the server.
inline int type_of(const xcb_generic_event_t& event) {
  return event.response_type & 0x7f;
}

/// A connection to an X server with all that capturing needs. Over XCB, which does not end the process when
/// the server goes away, and has no process-wide error handlers.
/// Thread: any one uses it at a time, except for cut().
class X11Connection {
 public:
  /// `display`: empty for $DISPLAY. Throws StartupError.
  explicit X11Connection(const std::string& display);

  [[nodiscard]] xcb_connection_t* get() const { return connection_.get(); }
  [[nodiscard]] const xcb_screen_t& screen() const { return *screen_; }
  [[nodiscard]] xcb_window_t root() const { return screen_->root; }
  [[nodiscard]] const std::string& display() const { return display_; }
  [[nodiscard]] const X11Events& events() const { return events_; }
  [[nodiscard]] bool has_composite() const { return has_composite_; }
  /// Whether memory can be shared by passing file descriptors to the server: over a local socket, since X
  /// server 1.15.
  [[nodiscard]] bool has_shared_memory() const { return has_shared_memory_; }

  /// Whether the server has gone, or cut() was called: every reply is nullptr from then on.
  [[nodiscard]] bool lost() const { return xcb_connection_has_error(connection_.get()) != 0; }
  /// Ends all waits for the server, also for one that hangs. From any thread.
  void cut() const;
  [[nodiscard]] int fd() const { return xcb_get_file_descriptor(connection_.get()); }

  /// Waits for a reply; nullptr when the server answers with an error, or is gone.
  template <class T, class Cookie>
  Reply<T> reply(T* (*wait_for)(xcb_connection_t*, Cookie, xcb_generic_error_t**), Cookie cookie) const {
    xcb_generic_error_t* error = nullptr;
    Reply<T> answer(wait_for(connection_.get(), cookie, &error));
    std::free(error);
    return answer;
  }
  /// Whether a checked request without a reply succeeded. Waits.
  [[nodiscard]] bool succeeds(xcb_void_cookie_t checked) const;
  [[nodiscard]] xcb_atom_t atom(const char* name) const;
  [[nodiscard]] std::uint32_t new_id() const { return xcb_generate_id(connection_.get()); }

 private:
  struct Disconnect {
    void operator()(xcb_connection_t* connection) const noexcept { xcb_disconnect(connection); }
  };

  void ask_for_extensions();
  void need_depth_24() const;

  const std::string display_;  ///< as shown to people
  std::unique_ptr<xcb_connection_t, Disconnect> connection_;
  const xcb_screen_t* screen_ = nullptr;
  X11Events events_;
  bool has_composite_ = false;
  bool has_shared_memory_ = false;
};

/// Whether a visual has the layout that pictures are said to have: BGRx.
bool is_bgrx(const xcb_visualtype_t& visual);
/// The screen's visual with this id; nullptr: there is none.
const xcb_visualtype_t* find_visual(const xcb_screen_t& screen, xcb_visualid_t id);

}  // namespace pixelpass::capture
