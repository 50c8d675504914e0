#include "capture/portal/pipewire_watch.hpp"

#include "pixelpass/base/local_socket.hpp"

#include <glib-unix.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr auto kLookEvery = 100ms;

}  // namespace

std::string pipewire_socket() {
  const char* remote = std::getenv("PIPEWIRE_REMOTE");
  std::string name = remote != nullptr && *remote != '\0' ? remote : "pipewire-0";
  if (name.starts_with('/')) return name;
  for (const char* variable : {"PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR"}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr) return std::string(folder) + "/" + name;
  }
  return "/run/pipewire/" + name;
}

Descriptor connect_to_pipewire() {
  return connect_locally(pipewire_socket());
}

PipeWireWatch::PipeWireWatch(GMainContext* context, Callbacks callbacks)
    : context_(context), callbacks_(std::move(callbacks)), timer_(context, [this] { look(); }) {
  if (!connect()) timer_.arm(Clock::now() + kLookEvery);
}

PipeWireWatch::~PipeWireWatch() {
  disconnect();
}

bool PipeWireWatch::connect() {
  Descriptor socket = connect_to_pipewire();
  if (!socket.is_open()) return false;
  socket_ = socket.release();
  // GLib always reports a hang-up; nothing else is of interest.
  hang_up_.reset(g_unix_fd_source_new(socket_, G_IO_HUP));
  // GLib's own G_SOURCE_FUNC() goes this way, too.
  const auto any = reinterpret_cast<void (*)()>(&PipeWireWatch::on_hang_up);
  g_source_set_callback(hang_up_.get(), reinterpret_cast<GSourceFunc>(any), this, nullptr);
  g_source_attach(hang_up_.get(), context_);
  return true;
}

void PipeWireWatch::disconnect() {
  if (!hang_up_) return;
  g_source_destroy(hang_up_.get());
  hang_up_.reset();
  ::close(std::exchange(socket_, -1));
}

gboolean PipeWireWatch::on_hang_up(gint /*file*/, GIOCondition /*condition*/, gpointer self) {
  auto& watch = *static_cast<PipeWireWatch*>(self);
  watch.disconnect();
  watch.timer_.arm(Clock::now() + kLookEvery);
  watch.lost_ = true;
  watch.callbacks_.on_lost();
  return G_SOURCE_REMOVE;
}

void PipeWireWatch::look() {
  if (!connect()) return timer_.arm(Clock::now() + kLookEvery);
  if (std::exchange(lost_, false)) callbacks_.on_back();
}

}  // namespace pixelpass::capture
