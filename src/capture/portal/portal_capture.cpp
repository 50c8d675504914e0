#include "pixelpass/capture/portal/portal_capture.hpp"

#include "capture/portal/find_portal.hpp"
#include "capture/portal/portal_capture_core.hpp"

#include <mutex>
#include <utility>

namespace pixelpass::capture {
namespace {

/// How long the streams' format is waited for: it comes in milliseconds, or later on a busy machine.
constexpr auto kFormatWithin = 5s;
/// How long the first picture is waited for after that. Compositors paint once for a new stream; wlroots'
/// sometimes does not while nothing changes, and a monitor's format has its size.
constexpr auto kFirstPictureWithin = 500ms;
/// The same for a window: mutter's format has the size of its monitor, and only a picture tells the window's
/// part of it. A lost picture is asked for again within that time (picture_stream_restarts).
constexpr auto kFirstOfWindowWithin = 4s;
/// The most events that are handled at the end; there are few.
constexpr int kLastWords = 100;
/// How long the compositor is asked for the monitors' places. It answers within milliseconds, or later on a
/// busy machine; one that hangs shows no dialog either.
constexpr auto kPlacesWithin = 5s;

bool may_be_monitor(ShareKind kind) {
  return kind == ShareKind::kAny || kind == ShareKind::kMonitor;
}

void require_kind(const PortalFeatures& features, ShareKind kind) {
  if (kind == ShareKind::kWindow && (features.source_types & PortalFeatures::kWindows) == 0)
    throw StartupError("your desktop's portal cannot share single windows",
                       "share a monitor: leave --window out");
  if (kind == ShareKind::kMonitor && (features.source_types & PortalFeatures::kMonitors) == 0)
    throw StartupError("your desktop's portal cannot share monitors", "share a window: --window");
  if (kind == ShareKind::kVirtual && (features.source_types & PortalFeatures::kVirtual) == 0)
    throw StartupError(
        "your desktop's portal has no virtual monitors",
        "GNOME has them from version 44 on, and KDE's dialog offers one by itself (\"New Virtual "
        "Output\"): leave --virtual out");
}

}  // namespace

PortalCapture::PortalCapture(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                             const PortalFeatures& features, ScreenCallbacks callbacks)
    : gate_(std::move(callbacks)),
      fps_(settings.fps),
      virtual_size_(settings.virtual_size),
      draws_pointer_(features.cursor_mode() == PortalFeatures::kCursorMetadata),
      keeps_places_(portal_backend().remembers_places && may_be_monitor(settings.kind)),
      ladder_({}, fps_, virtual_size_),
      rate_(fps_),
      held_up_(kLooksEvery, fps_),
      media_(std::make_unique<gst::MediaThread>()),
      consent_(std::move(bus), settings, features, *media_,
               {[this](const PortalStreams& streams) { on_agreed(streams); }, [this] { on_closed(); },
                [this] { on_orphaned(); }, [this] { gate_.notice(slow()); },
                [this, folder = settings.state_folder.value_or("")] { gate_.notice(not_saved(folder)); },
                [this](const std::stop_token& stop) {
                  return keeps_places_ ? monitor_places(kPlacesWithin, stop).value_or("") : "";
                },
                [this] {
                  if (session_watch_) session_watch_->look_at_monitors();
                }}) {}

PortalCapture::~PortalCapture() {
  gate_.shut();
  media_->call([this] { take_apart(); });
  media_.reset();
}

void PortalCapture::open(const std::stop_token& stop) {
  consent_.ask(stop);
  media_->post([this] { begin(); });
  await_size(stop);
  media_->post([this] { pause_stream(); });
}

void PortalCapture::await_size(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto is_of = [this](SizeOf least) { return [this, least] { return ended_ || size_of_ >= least; }; };
  size_known_.wait_for(lock, stop, kFormatWithin, is_of(SizeOf::kFormat));
  const Duration within = has_window_ ? kFirstOfWindowWithin : kFirstPictureWithin;
  size_known_.wait_for(lock, stop, within, is_of(SizeOf::kPicture));
}

void PortalCapture::take_apart() {
  over_ = true;
  pause_stream();
  session_watch_.reset();
  consent_.end();
  // A call that was cancelled still reports that, and frees what it holds.
  for (int i = 0; i < kLastWords && g_main_context_iteration(media_->context(), FALSE) != FALSE; ++i) {
  }
}

void PortalCapture::play() {
  gate_.open();
  media_->post([this] { begin(); });
}

void PortalCapture::pause() {
  gate_.close();
  media_->post([this] { pause_stream(); });
}

void PortalCapture::allow_dma_bufs(const DmaBufFormats& formats) {
  media_->post([this, formats] { offer(formats); });
}

void PortalCapture::limit_rate(int fps) {
  media_->post([this, fps] { rate_.on_encoded(fps, Clock::now()); });
}

void PortalCapture::show(int source) {
  {
    const std::lock_guard lock(mutex_);
    if (source < 0 || source > description_.sources) return;
    if (description_.sources < 2 && description_.shown == 0) return;
    shown_.show(source);
    description_.shown = source;
  }
  media_->post([this] { show_chosen(); });
}

ScreenDescription PortalCapture::describe() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

void PortalCapture::offer(const DmaBufFormats& dma_bufs) {
  if (ladder_.set_dma_bufs(dma_bufs) && stream_) stream_->offer(ladder_.offer());
}

void PortalCapture::offer_rate(Instant now) {
  const auto fps = rate_.poll(now);
  if (!fps) return;
  ladder_.set_fps(*fps);
  if (!stream_) return;
  stream_->offer(ladder_.offer());
  held_up_.on_gap(now);
}

void PortalCapture::end(Error why) {
  over_ = true;
  pause_stream();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  size_known_.notify_all();
  gate_.end(std::move(why));
}

std::unique_ptr<ScreenCapture> make_portal_capture(const PortalSettings& settings,
                                                   ScreenCallbacks callbacks) {
  gst::start_gstreamer();
  auto bus = session_bus(settings.stop).value();
  const PortalFeatures features =
      find_portal(bus.get(), settings.stop, [&] { callbacks.on_notice(slow()); }).value();
  require_kind(features, settings.kind);
  auto capture = std::make_unique<PortalCapture>(std::move(bus), settings, features, std::move(callbacks));
  capture->open(settings.stop);
  return capture;
}

}  // namespace pixelpass::capture
