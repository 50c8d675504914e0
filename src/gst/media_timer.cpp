#include "pixelpass/gst/media_timer.hpp"

namespace pixelpass::gst {
namespace {

constexpr gint64 kNever = -1;

gboolean dispatch(GSource* source, GSourceFunc call, gpointer data) noexcept {
  g_source_set_ready_time(source, kNever);  // else it would be ready for ever
  return call(data);
}

gboolean call_on_time(gpointer on_time) noexcept {
  (*static_cast<std::function<void()>*>(on_time))();
  return G_SOURCE_CONTINUE;
}

}  // namespace

MediaTimer::MediaTimer(GMainContext* context, std::function<void()> on_time) : on_time_(std::move(on_time)) {
  static GSourceFuncs functions{nullptr, nullptr, dispatch, nullptr, nullptr, nullptr};
  source_.reset(g_source_new(&functions, sizeof(GSource)));
  g_source_set_callback(source_.get(), call_on_time, &on_time_, nullptr);
  g_source_attach(source_.get(), context);
}

MediaTimer::~MediaTimer() {
  g_source_destroy(source_.get());
}

void MediaTimer::arm(std::optional<Instant> at) {
  // GLib's monotonic time is CLOCK_MONOTONIC in microseconds, and so is Clock. Rounded up: never too early.
  g_source_set_ready_time(source_.get(), at ? to_us(at->time_since_epoch() + 999ns) : kNever);
}

}  // namespace pixelpass::gst
