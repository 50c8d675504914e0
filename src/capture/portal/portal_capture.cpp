#include "pixelpass/capture/portal/portal_capture.hpp"

#include "pixelpass/gst/media_thread.hpp"

#include "capture/portal/absence.hpp"
#include "capture/portal/card_picture.hpp"
#include "capture/portal/find_portal.hpp"
#include "capture/portal/offer_ladder.hpp"
#include "capture/portal/picture_streams.hpp"
#include "capture/portal/portal_consent.hpp"
#include "capture/portal/portal_words.hpp"
#include "capture/portal/screen_gate.hpp"
#include "capture/portal/screen_loop.hpp"
#include "capture/portal/session_watch.hpp"
#include "capture/portal/side_by_side.hpp"
#include "capture/portal/source_watch.hpp"
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <future>
#include <mutex>
#include <utility>

namespace pixelpass::capture {
namespace {

/// How soon a source that has died is noticed.
constexpr guint kCheckEveryMs = 100;
/// Compositors paint once for whoever begins to look; wlroots' now and then does not, where nothing changes.
constexpr auto kFirstPictureWithin = 500ms;
/// Events that are looked at while all ends; they are few.
constexpr int kLastWords = 100;

/// Layouts of DMA-BUFs that VA-API imports on every GPU. Before GStreamer 1.24 there is no telling it which
/// layout one has, and it asks the driver.
std::vector<std::uint64_t> importable_layouts() {
  constexpr guint kTellsLayouts = 24;
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  if (major == 1 && minor < kTellsLayouts) return {kLinear, kImplicit};
  return {kLinear};
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
        "GNOME has them from version 47 on, and KDE's dialog offers one by itself (\"New Virtual "
        "Output\"): leave --virtual out");
}

/// A stream is there only while pictures are wanted.
class PortalCapture final : public ScreenCapture {
 public:
  PortalCapture(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                const PortalFeatures& features, ScreenCallbacks callbacks);
  ~PortalCapture() override;
  PortalCapture(const PortalCapture&) = delete;
  PortalCapture& operator=(const PortalCapture&) = delete;

  /// Waits for the user's answer, and a moment for the first picture.
  void open(const std::stop_token& stop);
  void play() override;
  void pause() override;
  void allow_dma_buf(bool allowed) override;
  void show(int source) override;
  [[nodiscard]] ScreenDescription describe() const override;

 private:
  static gboolean on_timer(gpointer self);

  // Any thread.
  [[nodiscard]] std::optional<std::size_t> chosen() const;
  void deliver(gst::Owned<GstSample> picture, Instant captured_at);
  void look_soon();

  // The media thread.
  void on_agreed(const PortalStreams& streams);
  void on_closed();
  void on_session_end(SessionEnd::Step step, SessionEnd::Cause cause);
  void hide();
  void show_again();
  void show_card();
  void on_pipewire_back();
  void renew_soon();
  void begin();
  void rest();
  void offer(bool dma_buf);
  void show_chosen();
  void look_after_chosen();
  void look();
  void observe(Instant now);
  void watch_absence(Instant now);
  bool act(SourceWatch::Step step);
  void connect();
  void open_remote();
  void on_remote(Descriptor remote);
  void renew();
  void end(Error why);
  void take_apart();

  ScreenGate gate_;
  const int fps_;
  const std::optional<Size> virtual_size_;

  mutable std::mutex mutex_;  ///< guards the next two
  ScreenDescription description_{.source = "portal"};
  bool seen_ = false;  ///< a picture has come: the size is its own, not what the portal says
  std::condition_variable_any first_picture_;

  ScreenLoop loop_;

  // Of the media thread, down to media_.
  OfferLadder ladder_;
  bool dma_buf_ = false;
  bool told_of_chosen_ = false;  ///< that it has gone
  SourceWatch watch_;
  Absence absence_;
  std::optional<SessionWatch> session_watch_;  ///< from the first session on
  std::optional<Error> next_back_ = back();    ///< what is said of the next recovery
  bool over_ = false;
  std::vector<PictureStreams::Source> sources_;  ///< those of the next stream that are there
  std::unique_ptr<PictureStreams> stream_;
  gst::Owned<GSource> timer_;  ///< runs while pictures are wanted

  /// Its tasks use all above and the consent, which is asked for through it: the destructor ends it first.
  std::unique_ptr<gst::MediaThread> media_;
  PortalConsent consent_;
};

PortalCapture::PortalCapture(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                             const PortalFeatures& features, ScreenCallbacks callbacks)
    : gate_(std::move(callbacks)),
      fps_(settings.fps),
      virtual_size_(settings.virtual_size),
      ladder_({}, fps_, virtual_size_),
      media_(std::make_unique<gst::MediaThread>()),
      consent_(std::move(bus), settings, features, *media_,
               {[this](const PortalStreams& streams) { on_agreed(streams); }, [this] { on_closed(); },
                [this] { gate_.notice(slow()); },
                [this, folder = settings.state_folder.value_or("")] { gate_.notice(not_saved(folder)); }}) {}

PortalCapture::~PortalCapture() {
  gate_.shut();
  std::promise<void> apart;
  media_->post([&] {
    take_apart();
    apart.set_value();
  });
  apart.get_future().wait();
  media_.reset();
}

/// What the portal says of a size is in logical pixels, and of a window KDE's says its screen's.
void PortalCapture::open(const std::stop_token& stop) {
  consent_.ask(stop);
  media_->post([this] { begin(); });
  {
    std::unique_lock lock(mutex_);
    first_picture_.wait_for(lock, stop, kFirstPictureWithin, [this] { return seen_; });
  }
  media_->post([this] { rest(); });
}

void PortalCapture::take_apart() {
  over_ = true;
  rest();
  session_watch_.reset();
  consent_.end();
  // What was given up still says so, and lets go of what it holds.
  for (int i = 0; i < kLastWords && g_main_context_iteration(media_->context(), FALSE) != FALSE; ++i) {
  }
}

void PortalCapture::on_agreed(const PortalStreams& streams) {
  ladder_.on_session();
  if (!session_watch_)
    session_watch_.emplace(consent_.bus(),
                           SessionWatch::Callbacks{[this](SessionEnd::Step step, SessionEnd::Cause cause) {
                                                     on_session_end(step, cause);
                                                   },
                                                   [this] { on_pipewire_back(); }});
  session_watch_->on_session(std::ranges::any_of(streams, &PortalStream::is_window));
  std::vector<Size> sizes;
  for (const auto& stream : streams) sizes.push_back({stream.width, stream.height});
  const Size whole = sizes.size() > 1 ? side_by_side(sizes).whole : sizes.front();
  const std::lock_guard lock(mutex_);
  description_.width = whole.width;
  description_.height = whole.height;
  description_.sources = static_cast<int>(streams.size());
  if (streams.size() < 2 || description_.shown > description_.sources) description_.shown = 0;
}

/// Nothing comes of this session any more; why is known soon.
void PortalCapture::on_closed() {
  if (over_ || !session_watch_) return;
  stream_.reset();
  consent_.forget_remote();
  session_watch_->on_closed();
}

void PortalCapture::on_session_end(SessionEnd::Step step, SessionEnd::Cause cause) {
  if (over_) return;
  if (step == SessionEnd::Step::kEnd) return end(stopped(cause));
  if (step == SessionEnd::Step::kShow) return show_again();
  const bool lives = step == SessionEnd::Step::kHide && !session_watch_->is_lost();
  if (!lives && !consent_.has_token()) return end(not_remembered(cause));
  if (step == SessionEnd::Step::kHide) return hide();
  if (cause == SessionEnd::Cause::kLocked) gate_.hidden("");
  next_back_ = goes_on(cause);
  renew_soon();
}

/// What it would show, if anything, is nobody's business.
void PortalCapture::hide() {
  consent_.forget_remote();
  sources_.clear();
  stream_.reset();
  gate_.hidden("locked");
  show_card();
}

void PortalCapture::show_again() {
  gate_.hidden("");
  if (!timer_) return;
  watch_.begin(Clock::now());
  look_soon();
}

/// In place of the screen's last picture.
void PortalCapture::show_card() {
  const auto [width, height] = [this] {
    const std::lock_guard lock(mutex_);
    return std::pair{description_.width, description_.height};
  }();
  if (auto card = lock_card_picture(width, height)) gate_.picture(std::move(card), Clock::now());
}

/// All that PipeWire knew of is gone. What still has pictures does not care.
void PortalCapture::on_pipewire_back() {
  if (absence_.has_begun()) renew_soon();
}

void PortalCapture::renew_soon() {
  if (!consent_.is_renewing()) watch_.on_session_lost(Clock::now());
  look_soon();
}

void PortalCapture::play() {
  gate_.open();
  media_->post([this] { begin(); });
}

void PortalCapture::pause() {
  gate_.close();
  media_->post([this] { rest(); });
}

void PortalCapture::allow_dma_buf(bool allowed) {
  media_->post([this, allowed] { offer(allowed); });
}

void PortalCapture::show(int source) {
  {
    const std::lock_guard lock(mutex_);
    if (description_.sources < 2 || source < 0 || source > description_.sources) return;
    description_.shown = source;
  }
  media_->post([this] { show_chosen(); });
}

std::optional<std::size_t> PortalCapture::chosen() const {
  const std::lock_guard lock(mutex_);
  if (description_.shown == 0) return std::nullopt;
  return static_cast<std::size_t>(description_.shown) - 1;
}

void PortalCapture::show_chosen() {
  told_of_chosen_ = false;
  if (stream_) stream_->show(chosen());
}

/// The others go on. Who chose one alone did not want them to be seen.
void PortalCapture::look_after_chosen() {
  const auto alone = chosen();
  if (!alone || session_watch_->is_pending() || !stream_->has_ended(*alone) ||
      std::exchange(told_of_chosen_, true))
    return;
  gate_.notice(shown_has_gone());
}

ScreenDescription PortalCapture::describe() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

void PortalCapture::begin() {
  if (over_ || timer_) return;
  timer_.reset(g_timeout_source_new(kCheckEveryMs));
  g_source_set_callback(timer_.get(), &PortalCapture::on_timer, this, nullptr);
  g_source_attach(timer_.get(), media_->context());
  watch_.begin(Clock::now());
  if (session_watch_->is_hidden()) show_card();
  look();
}

void PortalCapture::rest() {
  if (timer_) g_source_destroy(timer_.get());
  timer_.reset();
  watch_.rest();
  absence_.end();
  consent_.forget_remote();
  sources_.clear();
  stream_.reset();
}

void PortalCapture::offer(bool dma_buf) {
  if (std::exchange(dma_buf_, dma_buf) == dma_buf) return;
  ladder_ = OfferLadder(dma_buf ? importable_layouts() : std::vector<std::uint64_t>{}, fps_, virtual_size_);
  if (stream_) stream_->offer(ladder_.offer());
}

gboolean PortalCapture::on_timer(gpointer self) {
  static_cast<PortalCapture*>(self)->look();
  return G_SOURCE_CONTINUE;
}

void PortalCapture::look_soon() {
  media_->post([this] { look(); });
}

void PortalCapture::look() {
  if (over_ || !timer_) return;
  observe(Clock::now());
  if (!session_watch_->is_pending())
    while (act(watch_.poll(Clock::now()))) {
    }
  if (over_) return;
  if (watch_.take_recovered())
    if (auto said = std::exchange(next_back_, back())) gate_.notice(*std::move(said));
  watch_absence(Clock::now());
}

/// Of a locked screen nothing is expected.
void PortalCapture::watch_absence(Instant now) {
  if (session_watch_->is_hidden()) return absence_.end();
  if (!stream_ || stream_->state() != PictureStreams::State::kStreaming) absence_.begin(now);
  switch (absence_.poll(now)) {
    case Absence::Step::kTell:
      return gate_.notice(away());
    case Absence::Step::kGiveUp:
      return end(gone());
    case Absence::Step::kNone:
      break;
  }
}

void PortalCapture::observe(Instant now) {
  if (!stream_) return;
  auto state = stream_->state();
  if (state == PictureStreams::State::kStreaming || state == PictureStreams::State::kStuck) {
    ladder_.on_agreed();
    watch_.on_streaming(now);
    if (stream_->is_settled()) absence_.end();
    if (stream_->has_shown()) ladder_.on_shown();
    if (const auto layout = stream_->take_failed_import(); layout && ladder_.on_import_failed(*layout))
      stream_->offer(ladder_.offer());
    // Which kind of shared memory is taken is no part of a format: another stream has to ask for it.
    if (const auto kind = stream_->take_failed_mapping(); kind && ladder_.on_mapping_failed(*kind))
      state = PictureStreams::State::kStuck;
    if (ladder_.is_exhausted()) return end(unreadable());
    look_after_chosen();
    const std::lock_guard lock(mutex_);
    description_.memory = stream_->memory();
  }
  if (state == PictureStreams::State::kConnecting || state == PictureStreams::State::kStreaming) return;
  stream_.reset();
  if (state == PictureStreams::State::kStuck) return watch_.on_reshaped(now);
  ladder_.on_failed();
  if (ladder_.is_exhausted()) return end(unreadable());
  watch_.on_stopped(now);
}

/// False: there is nothing to do for now.
bool PortalCapture::act(SourceWatch::Step step) {
  // It was given its time.
  if (step != SourceWatch::Step::kNone) consent_.forget_remote();
  if (step != SourceWatch::Step::kNone && std::exchange(stream_, nullptr)) ladder_.on_timed_out();
  switch (step) {
    case SourceWatch::Step::kConnect:
      connect();
      break;
    case SourceWatch::Step::kNewSession:
      renew();
      break;
    case SourceWatch::Step::kGiveUp:
      end(gone());
      break;
    case SourceWatch::Step::kNone:
      break;
  }
  return step != SourceWatch::Step::kNone && !over_;
}

void PortalCapture::connect() {
  sources_.clear();
  open_remote();
}

void PortalCapture::open_remote() {
  consent_.open_remote([this](Descriptor remote) {
    on_remote(std::move(remote));
    look_soon();
  });
}

/// One for each stream.
void PortalCapture::on_remote(Descriptor remote) {
  if (!remote.is_open()) return watch_.on_stopped(Clock::now());
  const auto& streams = consent_.streams();
  sources_.push_back({std::move(remote), streams[sources_.size()].node});
  if (sources_.size() < streams.size()) return open_remote();
  stream_ = std::make_unique<PictureStreams>(
      loop_, std::exchange(sources_, {}), ladder_.offer(),
      PictureStreams::Callbacks{[this](gst::Owned<GstSample> picture, Instant captured_at) {
                                  deliver(std::move(picture), captured_at);
                                },
                                [this] { look_soon(); }},
      chosen());
}

void PortalCapture::renew() {
  if (!session_watch_->may_renew()) return;
  const auto renewal = consent_.renew([this](PortalConsent::Outcome outcome) {
    if (outcome == PortalConsent::Outcome::kDismissed) return end(stopped(SessionEnd::Cause::kUser));
    watch_.on_session(outcome == PortalConsent::Outcome::kAgreed, Clock::now());
    look_soon();
  });
  if (renewal == PortalConsent::Renewal::kImpossible) return end(gone());
  if (renewal == PortalConsent::Renewal::kNotNeeded) watch_.on_session(true, Clock::now());
}

void PortalCapture::deliver(gst::Owned<GstSample> picture, Instant captured_at) {
  const GstStructure* format = gst_caps_get_structure(gst_sample_get_caps(picture.get()), 0);
  const GstVideoCropMeta* part = gst_buffer_get_video_crop_meta(gst_sample_get_buffer(picture.get()));
  {
    const std::lock_guard lock(mutex_);
    gst_structure_get_int(format, "width", &description_.width);
    gst_structure_get_int(format, "height", &description_.height);
    if (part != nullptr) {
      description_.width = static_cast<int>(part->width);
      description_.height = static_cast<int>(part->height);
    }
    if (orientation_of(picture.get()).is_sideways()) std::swap(description_.width, description_.height);
    seen_ = true;
  }
  first_picture_.notify_all();
  gate_.picture(std::move(picture), captured_at);
}

void PortalCapture::end(Error why) {
  over_ = true;
  rest();
  gate_.end(std::move(why));
}

}  // namespace

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
