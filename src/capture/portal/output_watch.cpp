#include "capture/portal/output_watch.hpp"

#include "pixelpass/base/local_socket.hpp"

#include <glib-unix.h>
#include <wayland-client-core.h>
#include <wayland-client-protocol.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr std::size_t kMostOutputs = 1024;

/// As wl_display_connect() finds it, which would wait for a compositor that hangs; but for the default, which
/// beside an X11 session may be somebody else's compositor. Empty: there is none.
std::string wayland_socket() {
  const char* display = std::getenv("WAYLAND_DISPLAY");
  if (display == nullptr || *display == '\0') return "";
  std::string name = display;
  if (name.starts_with('/')) return name;
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  return folder != nullptr ? std::string(folder) + "/" + name : "";
}

}  // namespace

/// What libwayland and GLib call, in their C shape.
struct OutputWatch::Events {
  static void global(void* self, wl_registry*, std::uint32_t name, const char* interface,
                     std::uint32_t) noexcept {
    auto& outputs = static_cast<OutputWatch*>(self)->outputs_;
    if (std::string_view(interface) == wl_output_interface.name && outputs.size() < kMostOutputs)
      outputs.insert(name);
  }
  static void global_remove(void* self, wl_registry*, std::uint32_t name) noexcept {
    auto& watch = *static_cast<OutputWatch*>(self);
    watch.gone_ |= watch.outputs_.erase(name) > 0;
  }
  static gboolean readable(gint, GIOCondition, gpointer self) {
    auto& watch = *static_cast<OutputWatch*>(self);
    const bool lives = watch.read();
    if (!lives) watch.disconnect();
    if (std::exchange(watch.gone_, false)) watch.on_gone_();
    return lives ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  }
  /// A compositor's mistakes are no lines for people.
  static void log(const char*, va_list) noexcept {}

  static constexpr wl_registry_listener kRegistry{&Events::global, &Events::global_remove};
};

void OutputWatch::Disconnect::operator()(wl_display* display) const {
  wl_display_disconnect(display);
}

void OutputWatch::Disconnect::operator()(wl_registry* registry) const {
  wl_registry_destroy(registry);
}

OutputWatch::OutputWatch(GMainContext* context, std::function<void()> on_gone)
    : context_(context), on_gone_(std::move(on_gone)) {
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
  // It closes the socket also where it fails.
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
  registry_.reset();
  display_.reset();
  outputs_.clear();
}

/// What is there, without waiting. False: that was the end.
bool OutputWatch::read() {
  if (wl_display_prepare_read(display_.get()) == 0 && wl_display_read_events(display_.get()) < 0)
    return false;
  return wl_display_dispatch_pending(display_.get()) >= 0;
}

}  // namespace pixelpass::capture
