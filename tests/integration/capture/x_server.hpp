#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/capture/screen_capture.hpp"

#include "capture/pointer_image.hpp"
#include "capture/x11/monitors.hpp"
#include <sys/types.h>
#include <xcb/xcb.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::capture::test {

/// Nothing here takes this long unless it hangs.
constexpr auto kServerPatience = 20s;

/// An X server of the test's own, on a free display; killed with its owner.
class XServer {
 public:
  /// `more`: arguments; `within`: a command that starts it ("unshare --ipc"). Nullptr: there is no Xvfb here,
  /// or it does not start so.
  static std::unique_ptr<XServer> start(int width, int height, const std::string& more = {},
                                        const std::string& within = {});
  ~XServer();
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  [[nodiscard]] const std::string& display() const { return display_; }
  [[nodiscard]] pid_t process() const { return process_; }
  void kill();
  /// Runs a command there; whether it succeeds.
  [[nodiscard]] bool run(const std::string& command) const;
  /// These need the program xrandr.
  [[nodiscard]] bool add_monitor(const std::string& name, const Region& where) const;
  [[nodiscard]] bool remove_monitor(const std::string& name) const;

 private:
  XServer(pid_t process, std::string display) : process_(process), display_(std::move(display)) {}

  pid_t process_;
  std::string display_;
};

/// A program that draws. All that it does has happened on the server when it returns.
class Painter {
 public:
  explicit Painter(const std::string& display);

  xcb_window_t open_window(const Region& where, std::uint32_t colour, int border = 0);
  /// 0xRRGGBB, on a window or the root.
  void fill(xcb_window_t window, const Region& where, std::uint32_t colour);
  void fill(const Region& where, std::uint32_t colour) { fill(root(), where, colour); }
  void move(xcb_window_t window, int x, int y);
  void resize(xcb_window_t window, int width, int height);
  void map(xcb_window_t window);
  void unmap(xcb_window_t window);
  void close(xcb_window_t window);
  void set_title(xcb_window_t window, const std::string& title);
  /// Marks it as a window manager marks an application's.
  void mark_as_client(xcb_window_t window);
  void list_as_client(xcb_window_t window);
  void put_into(xcb_window_t frame, xcb_window_t window);
  void move_pointer(int x, int y);
  /// A square of this colour, which points with its top left corner.
  void set_pointer(xcb_window_t window, int size, std::uint32_t colour);
  /// Whether something holds the pointer, such as a program that lets the user pick a window.
  [[nodiscard]] bool pointer_is_held();

  [[nodiscard]] xcb_window_t root() const { return screen_->root; }

 private:
  struct Disconnect {
    void operator()(xcb_connection_t* connection) const noexcept { xcb_disconnect(connection); }
  };

  void sync();
  [[nodiscard]] xcb_connection_t* x() const { return connection_.get(); }
  [[nodiscard]] xcb_atom_t atom(const std::string& name) const;

  std::unique_ptr<xcb_connection_t, Disconnect> connection_;
  const xcb_screen_t* screen_ = nullptr;
};

struct Picture {
  int width = 0;
  int height = 0;
  std::string format;
  std::vector<std::uint32_t> pixels;
  Instant captured_at;

  /// 0xRRGGBB
  [[nodiscard]] std::uint32_t at(int x, int y) const {
    return pixels.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x)) &
           0xffffffU;
  }
  [[nodiscard]] bool is(const Region& region, std::uint32_t colour) const;
};

/// Takes what a capture gives, on whatever thread; a test waits for what it needs.
class Viewer {
 public:
  ScreenCallbacks callbacks();

  /// The first picture, also of those that came already, that `wanted` says yes to; nullopt: none within
  /// `patience`.
  std::optional<Picture> wait_for(const std::function<bool(const Picture&)>& wanted,
                                  Duration patience = kServerPatience);
  /// The newest picture once there are `count`.
  std::optional<Picture> wait_for_pictures(std::size_t count, Duration patience = kServerPatience);
  /// Any picture that comes from now on.
  std::optional<Picture> wait_for_another(Duration patience = kServerPatience);
  std::optional<Error> wait_for_end();
  /// One whose `what` contains this.
  std::optional<Error> wait_for_notice(const std::string& part, Duration patience = kServerPatience);
  std::size_t count();
  std::size_t count_notices();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Picture> pictures_;
  std::vector<Error> notices_;
  std::optional<Error> ended_;
};

}  // namespace pixelpass::capture::test
