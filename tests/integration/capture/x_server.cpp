#include "x_server.hpp"

#include "read_line.hpp"
#include <gst/video/video.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace pixelpass::capture::test {
namespace {

/// In the child: becomes the server, which writes its display's number to `ready`.
[[noreturn]] void become_server(int ready, const std::string& screen, const std::string& more,
                                const std::string& within) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto command = "exec " + within + " Xvfb -displayfd " + std::to_string(ready) +
                       " -noreset -nolisten tcp -screen 0 " + screen + " " + more + " 2>/dev/null";
  execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  _exit(127);
}

template <class T>
std::unique_ptr<T, decltype(&std::free)> owned(T* reply) {
  return {reply, std::free};
}

Picture unpack(GstSample* sample, Instant captured_at) {
  GstVideoInfo info;
  GstMapInfo map;
  auto* const buffer = gst_sample_get_buffer(sample);
  if (gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) == FALSE ||
      gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE)
    return {};
  const auto* const pixels = reinterpret_cast<const std::uint32_t*>(map.data);
  Picture picture{info.width,
                  info.height,
                  gst_video_format_to_string(info.finfo->format),
                  {pixels, pixels + map.size / 4},
                  captured_at};
  if (map.size != info.size) picture.pixels.clear();
  gst_buffer_unmap(buffer, &map);
  return picture;
}

}  // namespace

std::unique_ptr<XServer> XServer::start(int width, int height, const std::string& more,
                                        const std::string& within) {
  std::array<int, 2> ready{};
  if (pipe(ready.data()) != 0) throw std::runtime_error("no pipe");
  const auto screen = std::to_string(width) + "x" + std::to_string(height) + "x24";
  const auto process = fork();
  if (process == 0) become_server(ready[1], screen, more, within);
  ::close(ready[1]);
  const auto number = read_line(ready[0]);
  ::close(ready[0]);
  std::unique_ptr<XServer> server(new XServer(process, ":" + number));
  return number.empty() ? nullptr : std::move(server);
}

XServer::~XServer() {
  kill();
}

void XServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

bool XServer::run(const std::string& command) const {
  return std::system(("DISPLAY=" + display_ + " sh -c '" + command + "' >/dev/null 2>&1").c_str()) == 0;
}

bool XServer::add_monitor(const std::string& name, const Region& where) const {
  const auto of = [](int pixels) { return std::to_string(pixels) + "/1"; };  // one millimetre large
  return run("xrandr --setmonitor " + name + " " + of(where.width) + "x" + of(where.height) + "+" +
             std::to_string(where.x) + "+" + std::to_string(where.y) + " none");
}

bool XServer::remove_monitor(const std::string& name) const {
  return run("xrandr --delmonitor " + name);
}

Painter::Painter(const std::string& display) : connection_(xcb_connect(display.c_str(), nullptr)) {
  if (xcb_connection_has_error(x()) != 0) throw std::runtime_error("no connection to " + display);
  screen_ = xcb_setup_roots_iterator(xcb_get_setup(x())).data;
}

void Painter::sync() {
  owned(xcb_get_input_focus_reply(x(), xcb_get_input_focus(x()), nullptr));
}

xcb_atom_t Painter::atom(const std::string& name) const {
  const auto asked = xcb_intern_atom(x(), 0, static_cast<std::uint16_t>(name.size()), name.data());
  return owned(xcb_intern_atom_reply(x(), asked, nullptr))->atom;
}

xcb_window_t Painter::open_window(const Region& where, std::uint32_t colour, int border) {
  const auto window = xcb_generate_id(x());
  const std::array<std::uint32_t, 3> values{colour, 0x123456, 1};
  xcb_create_window(x(), screen_->root_depth, window, root(), static_cast<std::int16_t>(where.x),
                    static_cast<std::int16_t>(where.y), static_cast<std::uint16_t>(where.width),
                    static_cast<std::uint16_t>(where.height), static_cast<std::uint16_t>(border),
                    XCB_WINDOW_CLASS_INPUT_OUTPUT, screen_->root_visual,
                    XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values.data());
  map(window);
  return window;
}

void Painter::fill(xcb_window_t window, const Region& where, std::uint32_t colour) {
  const auto context = xcb_generate_id(x());
  xcb_create_gc(x(), context, window, XCB_GC_FOREGROUND, &colour);
  const xcb_rectangle_t rectangle{static_cast<std::int16_t>(where.x), static_cast<std::int16_t>(where.y),
                                  static_cast<std::uint16_t>(where.width),
                                  static_cast<std::uint16_t>(where.height)};
  xcb_poly_fill_rectangle(x(), window, context, 1, &rectangle);
  xcb_free_gc(x(), context);
  sync();
}

void Painter::move(xcb_window_t window, int left, int top) {
  const std::array<std::uint32_t, 2> values{static_cast<std::uint32_t>(left),
                                            static_cast<std::uint32_t>(top)};
  xcb_configure_window(x(), window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, values.data());
  sync();
}

void Painter::resize(xcb_window_t window, int width, int height) {
  const std::array<std::uint32_t, 2> values{static_cast<std::uint32_t>(width),
                                            static_cast<std::uint32_t>(height)};
  xcb_configure_window(x(), window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values.data());
  sync();
}

void Painter::map(xcb_window_t window) {
  xcb_map_window(x(), window);
  sync();
}

void Painter::unmap(xcb_window_t window) {
  xcb_unmap_window(x(), window);
  sync();
}

void Painter::close(xcb_window_t window) {
  xcb_destroy_window(x(), window);
  sync();
}

void Painter::set_title(xcb_window_t window, const std::string& title) {
  xcb_change_property(x(), XCB_PROP_MODE_REPLACE, window, atom("_NET_WM_NAME"), atom("UTF8_STRING"), 8,
                      static_cast<std::uint32_t>(title.size()), title.data());
  sync();
}

void Painter::mark_as_client(xcb_window_t window) {
  const std::array<std::uint32_t, 2> normal{1, XCB_NONE};
  xcb_change_property(x(), XCB_PROP_MODE_REPLACE, window, atom("WM_STATE"), atom("WM_STATE"), 32,
                      normal.size(), normal.data());
  sync();
}

void Painter::list_as_client(xcb_window_t window) {
  xcb_change_property(x(), XCB_PROP_MODE_APPEND, root(), atom("_NET_CLIENT_LIST"), XCB_ATOM_WINDOW, 32, 1,
                      &window);
  sync();
}

void Painter::put_into(xcb_window_t frame, xcb_window_t window) {
  constexpr std::int16_t kInset = 10;
  xcb_reparent_window(x(), window, frame, kInset, kInset);
  sync();
}

void Painter::move_pointer(int left, int top) {
  xcb_warp_pointer(x(), XCB_NONE, root(), 0, 0, 0, 0, static_cast<std::int16_t>(left),
                   static_cast<std::int16_t>(top));
  sync();
}

void Painter::set_pointer(xcb_window_t window, int size, std::uint32_t colour) {
  const auto shape = xcb_generate_id(x());
  const auto context = xcb_generate_id(x());
  const auto cursor = xcb_generate_id(x());
  const auto side = static_cast<std::uint16_t>(size);
  constexpr std::uint32_t kInk = 1;
  const xcb_rectangle_t all{0, 0, side, side};
  xcb_create_pixmap(x(), 1, shape, root(), side, side);
  xcb_create_gc(x(), context, shape, XCB_GC_FOREGROUND, &kInk);
  xcb_poly_fill_rectangle(x(), shape, context, 1, &all);
  const auto part = [colour](unsigned shift) {
    return static_cast<std::uint16_t>(((colour >> shift) & 0xffU) * 0x101U);
  };
  xcb_create_cursor(x(), cursor, shape, shape, part(16), part(8), part(0), 0, 0, 0, 0, 0);
  xcb_change_window_attributes(x(), window, XCB_CW_CURSOR, &cursor);
  sync();
}

bool Painter::pointer_is_held() {
  const auto asked = xcb_grab_pointer(x(), 0, root(), 0, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC, XCB_NONE,
                                      XCB_NONE, XCB_CURRENT_TIME);
  const auto status = owned(xcb_grab_pointer_reply(x(), asked, nullptr))->status;
  if (status == XCB_GRAB_STATUS_SUCCESS) xcb_ungrab_pointer(x(), XCB_CURRENT_TIME);
  sync();
  return status == XCB_GRAB_STATUS_ALREADY_GRABBED;
}

bool Picture::is(const Region& region, std::uint32_t colour) const {
  for (int y = region.y; y < region.y + region.height; ++y)
    for (int x = region.x; x < region.x + region.width; ++x)
      if (x >= width || y >= height || at(x, y) != colour) return false;
  return true;
}

ScreenCallbacks Viewer::callbacks() {
  return {[this](gst::Owned<GstSample> sample, Instant captured_at) {
            auto picture = unpack(sample.get(), captured_at);
            const std::lock_guard lock(mutex_);
            pictures_.push_back(std::move(picture));
            changed_.notify_all();
          },
          [this](Error error) {
            const std::lock_guard lock(mutex_);
            ended_ = std::move(error);
            changed_.notify_all();
          },
          [this](Error notice) {
            const std::lock_guard lock(mutex_);
            notices_.push_back(std::move(notice));
            changed_.notify_all();
          }};
}

std::optional<Picture> Viewer::wait_for(const std::function<bool(const Picture&)>& wanted,
                                        Duration patience) {
  std::unique_lock lock(mutex_);
  auto found = pictures_.end();
  changed_.wait_for(lock, patience, [&] {
    found = std::ranges::find_if(pictures_, wanted);
    return found != pictures_.end();
  });
  return found == pictures_.end() ? std::nullopt : std::optional(*found);
}

std::optional<Picture> Viewer::wait_for_pictures(std::size_t count, Duration patience) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [&] { return pictures_.size() >= count; })) return std::nullopt;
  return pictures_.back();
}

std::optional<Picture> Viewer::wait_for_another(Duration patience) {
  return wait_for_pictures(count() + 1, patience);
}

std::optional<Error> Viewer::wait_for_end() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kServerPatience, [&] { return ended_.has_value(); });
  return ended_;
}

std::optional<Error> Viewer::wait_for_notice(const std::string& part, Duration patience) {
  std::unique_lock lock(mutex_);
  auto found = notices_.end();
  changed_.wait_for(lock, patience, [&] {
    found = std::ranges::find_if(
        notices_, [&](const Error& notice) { return notice.what.find(part) != std::string::npos; });
    return found != notices_.end();
  });
  return found == notices_.end() ? std::nullopt : std::optional(*found);
}

std::size_t Viewer::count() {
  const std::lock_guard lock(mutex_);
  return pictures_.size();
}

std::size_t Viewer::count_notices() {
  const std::lock_guard lock(mutex_);
  return notices_.size();
}

}  // namespace pixelpass::capture::test
