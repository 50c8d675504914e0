#include "capture/portal/output_watch.hpp"

#include "pixelpass/base/local_socket.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include <glib-unix.h>
#include <wayland-client-core.h>
#include <wayland-client-protocol.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr std::size_t kMostOutputs = 1024;
/// The oldest version of wl_output that marks the end of its events; and the newest that is used, which has
/// names.
constexpr std::uint32_t kOldestOutput = 2;
constexpr std::uint32_t kNewestOutput = 4;

/// The socket that wl_display_connect() would use, without its waiting for a compositor that hangs, and
/// without its default, which beside an X11 session may be somebody else's compositor. Empty: there is none.
std::string wayland_socket() {
  const char* display = std::getenv("WAYLAND_DISPLAY");
  if (display == nullptr || *display == '\0') return "";
  std::string name = display;
  if (name.starts_with('/')) return name;
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  return folder != nullptr ? std::string(folder) + "/" + name : "";
}

}  // namespace

/// The callbacks for libwayland's and GLib's C interfaces.
struct OutputWatch::Events {
  static void global(void* self, wl_registry* registry, std::uint32_t name, const char* interface,
                     std::uint32_t version) noexcept {
    auto& outputs = static_cast<OutputWatch*>(self)->outputs_;
    if (std::string_view(interface) != wl_output_interface.name || outputs.size() >= kMostOutputs) return;
    Output& output = outputs[name];
    output.is_told = version < kOldestOutput;
    if (output.is_told) return;
    void* const object =
        wl_registry_bind(registry, name, &wl_output_interface, std::min(version, kNewestOutput));
    output.object.reset(static_cast<wl_output*>(object));
    if (output.object) wl_output_add_listener(output.object.get(), &kOutput, &output);
  }
  static void global_remove(void* self, wl_registry*, std::uint32_t name) noexcept {
    auto& watch = *static_cast<OutputWatch*>(self);
    watch.gone_ |= watch.outputs_.erase(name) > 0;
  }
  static void geometry(void* self, wl_output*, std::int32_t x, std::int32_t y, std::int32_t, std::int32_t,
                       std::int32_t, const char* make, const char* model, std::int32_t) noexcept {
    auto& output = *static_cast<Output*>(self);
    output.place = std::string(make) + " " + model + " " + std::to_string(x) + "," + std::to_string(y);
    output.is_told = false;
  }
  static void mode(void*, wl_output*, std::uint32_t, std::int32_t, std::int32_t, std::int32_t) noexcept {}
  static void done(void* self, wl_output*) noexcept { static_cast<Output*>(self)->is_told = true; }
  static void scale(void*, wl_output*, std::int32_t) noexcept {}
  static void name(void* self, wl_output*, const char* name) noexcept {
    static_cast<Output*>(self)->name = name;
  }
  static void description(void*, wl_output*, const char*) noexcept {}
  static gboolean readable(gint, GIOCondition, gpointer self) {
    auto& watch = *static_cast<OutputWatch*>(self);
    watch.look();
    return watch.is_connected() ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  }
  /// Silences libwayland: its log lines are not for users.
  static void log(const char*, va_list) noexcept {}

  static constexpr wl_registry_listener kRegistry{&Events::global, &Events::global_remove};
  static constexpr wl_output_listener kOutput{&Events::geometry, &Events::mode, &Events::done,
                                              &Events::scale,    &Events::name, &Events::description};
};

void OutputWatch::Disconnect::operator()(wl_display* display) const {
  wl_display_disconnect(display);
}

void OutputWatch::Disconnect::operator()(wl_registry* registry) const {
  wl_registry_destroy(registry);
}

void OutputWatch::Disconnect::operator()(wl_output* output) const {
  wl_output_destroy(output);
}

OutputWatch::OutputWatch(GMainContext* context, Callbacks callbacks)
    : context_(context), callbacks_(std::move(callbacks)) {
  wl_log_set_handler_client(&Events::log);
  connect();
}

OutputWatch::~OutputWatch() {
  disconnect();
}

void OutputWatch::connect() {
  if (display_) return;
  Descriptor socket = connect_locally(wayland_socket());
  if (!socket.is_open()) return;
  // On failure, too, it closes the socket.
  display_.reset(wl_display_connect_to_fd(socket.release()));
  if (display_) registry_.reset(wl_display_get_registry(display_.get()));
  if (!registry_ || wl_registry_add_listener(registry_.get(), &Events::kRegistry, this) != 0 ||
      wl_display_flush(display_.get()) < 0)
    return disconnect();
  readable_.reset(g_unix_fd_source_new(wl_display_get_fd(display_.get()), G_IO_IN));
  // GLib's own G_SOURCE_FUNC() goes this way, too.
  const auto any = reinterpret_cast<void (*)()>(&Events::readable);
  g_source_set_callback(readable_.get(), reinterpret_cast<GSourceFunc>(any), this, nullptr);
  g_source_attach(readable_.get(), context_);
}

void OutputWatch::disconnect() {
  if (readable_) g_source_destroy(readable_.get());
  readable_.reset();
  outputs_.clear();
  registry_.reset();
  display_.reset();
}

void OutputWatch::look() {
  if (!is_connected()) return;
  if (!read()) disconnect();
  if (std::exchange(gone_, false)) callbacks_.on_gone();
  if (is_connected()) tell_places();
}

/// Reads what is there, without waiting. False: the connection has ended.
bool OutputWatch::read() {
  if (wl_display_prepare_read(display_.get()) == 0 && wl_display_read_events(display_.get()) < 0)
    return false;
  // The requests for a new monitor always fit into the socket's buffer.
  return wl_display_dispatch_pending(display_.get()) >= 0 && wl_display_flush(display_.get()) >= 0;
}

/// Tells the places, unless only a part of a change has been announced.
void OutputWatch::tell_places() {
  std::multiset<std::string> all;
  for (const auto& [_, output] : outputs_) {
    if (!output.is_told) return;
    all.insert(output.name + " " + output.place + "\n");
  }
  std::string places;
  for (const auto& one : all) places += one;
  if (places.empty() || places == places_) return;
  places_ = std::move(places);
  callbacks_.on_places(places_);
}

std::optional<std::string> monitor_places(Duration patience, const std::stop_token& stop) {
  const gst::Owned<GMainContext> context(g_main_context_new());
  std::optional<std::string> found;
  OutputWatch watch(context.get(), {[] {}, [&found](const std::string& places) { found = places; }});
  bool is_over = false;
  gst::MediaTimer timer(context.get(), [&is_over] { is_over = true; });
  timer.arm(Clock::now() + patience);
  const std::stop_callback on_stop(stop, [&context] { g_main_context_wakeup(context.get()); });
  while (!found && !is_over && !stop.stop_requested() && watch.is_connected())
    g_main_context_iteration(context.get(), TRUE);
  return found;
}

}  // namespace pixelpass::capture
