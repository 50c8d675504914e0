#include "pixelpass/capture/portal/portal_capture.hpp"

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include "capture/portal/caps_ladder.hpp"
#include "capture/portal/portal_pipeline.hpp"
#include "capture/portal/screen_gate.hpp"
#include "capture/portal/source_watch.hpp"
#include <libportal/portal.h>

#include <array>
#include <future>
#include <mutex>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr auto kElement = "pipewiresrc";
constexpr std::array<PackageNames, 1> kElementPackages{
    {{"gstreamer1.0-pipewire", "pipewire-gstreamer", "gst-plugin-pipewire", "gstreamer-plugin-pipewire"}}};
/// How soon a source that has died is noticed.
constexpr guint kCheckEveryMs = 100;

using Answer = Result<PortalStream, PortalRefusal>;

Error dialog_interrupted() {
  return {"interrupted while the sharing dialog was open", "", ExitCode::kInterrupted};
}

Error refused(const PortalRefusal& refusal) {
  if (refusal.reason == PortalRefusal::Reason::kDismissed)
    return {"you closed the sharing dialog", "start again, and choose what to share in it"};
  return {"your desktop's portal does not share the screen: " + refusal.why,
          "restart it and try again: systemctl --user restart xdg-desktop-portal"};
}

Error gone() {
  return {"the screen has gone: its source has stopped, and does not come back",
          "check that PipeWire and your desktop's portal run (pixelpass doctor; systemctl --user restart "
          "xdg-desktop-portal), and start again"};
}

Error back() {
  return {"the screen went away for a moment and is back",
          "nothing to do; viewers saw its last picture meanwhile"};
}

/// Viewers are told so, too.
Error stopped_by_user() {
  return {"", "the sharing was stopped on the desktop", ExitCode::kDone};
}

/// A token brings back what was chosen then, so each kind of question has its own.
std::string token_file(ShareKind kind) {
  if (kind == ShareKind::kMonitor) return "restore-token-monitor";
  return kind == ShareKind::kWindow ? "restore-token-window" : "restore-token";
}

void require_element() {
  gst::start_gstreamer();
  if (gst::has_element(kElement)) return;
  throw StartupError(
      "GStreamer's PipeWire plugin (pipewiresrc) is missing: a Wayland screen comes through it",
      "install it: " + install_command(kElementPackages));
}

void require_kind(const PortalFeatures& features, ShareKind kind) {
  if (kind == ShareKind::kWindow && (features.source_types & XDP_OUTPUT_WINDOW) == 0)
    throw StartupError("your desktop's portal cannot share single windows",
                       "share a monitor: leave --window out");
  if (kind == ShareKind::kMonitor && (features.source_types & XDP_OUTPUT_MONITOR) == 0)
    throw StartupError("your desktop's portal cannot share monitors", "share a window: --window");
}

/// The portal session stays open from the first answer on; a pipeline is there only while pictures are
/// wanted.
class PortalCapture final : public ScreenCapture {
 public:
  PortalCapture(const PortalSettings& settings, const PortalFeatures& features, ScreenCallbacks callbacks);
  ~PortalCapture() override;
  PortalCapture(const PortalCapture&) = delete;
  PortalCapture& operator=(const PortalCapture&) = delete;

  /// Waits for the user's answer.
  void open(const std::stop_token& stop);
  void play() override;
  void pause() override;
  void allow_dma_buf(bool allowed) override;
  [[nodiscard]] ScreenDescription describe() const override;

 private:
  static gboolean on_timer(gpointer self);

  // Any thread.
  void deliver(gst::Owned<GstSample> picture, Instant captured_at);
  void look_soon();

  // The owner's thread.
  Answer ask(const std::string& token, const std::stop_token& stop);

  // The media thread.
  void request(const std::string& token, PortalSession::OnStarted on_started);
  void accept(const PortalStream& stream);
  void begin();
  void rest();
  void offer(bool dma_buf);
  void look();
  void observe(Instant now);
  bool act(SourceWatch::Step step);
  void connect();
  void renew();
  void end(Error why);
  void take_apart();

  const ShareKind kind_;
  const PortalFeatures features_;
  std::optional<RestoreToken> token_;
  ScreenGate gate_;

  mutable std::mutex mutex_;  ///< guards description_
  ScreenDescription description_{.source = "portal"};

  // Of the media thread, down to media_.
  CapsLadder ladder_{{PictureMemory::kShared}};
  bool dma_buf_ = false;
  SourceWatch watch_;
  PortalStream stream_;
  bool agreed_ = false;    ///< the session has been started
  bool renewing_ = false;  ///< a new session has been asked for, and there is no answer yet
  bool over_ = false;
  std::unique_ptr<PortalSession> session_;
  /// The one before, of a backend that has died. Closing it at once can hang the portal for 25 s: it waits
  /// for the backend, which as it starts waits for the portal. A stop that is told late, after the pictures'
  /// end, still counts.
  std::unique_ptr<PortalSession> retired_;
  std::unique_ptr<PortalPipeline> pipeline_;
  gst::Owned<GstSample> misfit_;  ///< the picture that showed a change of shape, until its format is known
  gst::Owned<GSource> timer_;     ///< runs while pictures are wanted

  std::unique_ptr<gst::MediaThread> media_;  ///< last: its tasks use all above
};

PortalCapture::PortalCapture(const PortalSettings& settings, const PortalFeatures& features,
                             ScreenCallbacks callbacks)
    : kind_(settings.kind),
      features_(features),
      gate_(std::move(callbacks)),
      media_(std::make_unique<gst::MediaThread>()) {
  if (settings.state_folder) token_.emplace(*settings.state_folder / token_file(kind_));
}

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

void PortalCapture::take_apart() {
  over_ = true;
  rest();
  session_.reset();
  retired_.reset();
}

void PortalCapture::open(const std::stop_token& stop) {
  const std::string token = token_ ? token_->load().value_or("") : "";
  Answer answer = ask(token, stop);
  const bool dismissed = answer.has_error() && answer.error().reason == PortalRefusal::Reason::kDismissed;
  if (answer.has_error() && !dismissed && !token.empty()) {
    token_->forget();
    answer = ask("", stop);
  }
  if (answer.has_error()) throw StartupError(refused(answer.error()));
}

Answer PortalCapture::ask(const std::string& token, const std::stop_token& stop) {
  // Kept by whichever of the two comes first; both come on the media thread.
  const auto answer = std::make_shared<std::promise<std::optional<Answer>>>();
  const auto asked = std::make_shared<bool>(true);
  const auto settle = [answer, asked](std::optional<Answer> outcome) {
    if (std::exchange(*asked, false)) answer->set_value(std::move(outcome));
  };
  media_->post([this, token, settle] {
    request(token, [this, settle](const Answer& outcome) {
      if (outcome) accept(*outcome);
      settle(outcome);
    });
  });
  const std::stop_callback on_stop(stop,
                                   [this, settle] { media_->post([settle] { settle(std::nullopt); }); });
  auto outcome = answer->get_future().get();
  if (!outcome) throw StartupError(dialog_interrupted());
  return *std::move(outcome);
}

void PortalCapture::request(const std::string& token, PortalSession::OnStarted on_started) {
  if (std::exchange(agreed_, false)) retired_ = std::move(session_);
  session_.reset();
  session_ = std::make_unique<PortalSession>(
      features_, PortalRequest{.kind = kind_, .remember = token_.has_value(), .token = token},
      std::move(on_started), [this] { end(stopped_by_user()); });
}

void PortalCapture::accept(const PortalStream& stream) {
  agreed_ = true;
  stream_ = stream;
  ladder_.on_session();
  retired_.reset();
  // The one that was used is void now.
  if (token_ && !token_->save(session_->restore_token())) token_->forget();
  const std::lock_guard lock(mutex_);
  description_.width = stream.width;
  description_.height = stream.height;
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
  look();
}

void PortalCapture::rest() {
  if (timer_) g_source_destroy(timer_.get());
  timer_.reset();
  watch_.rest();
  pipeline_.reset();
}

void PortalCapture::offer(bool dma_buf) {
  if (std::exchange(dma_buf_, dma_buf) == dma_buf) return;
  ladder_ = CapsLadder(dma_buf ? std::vector{PictureMemory::kDmaBuf, PictureMemory::kShared}
                               : std::vector{PictureMemory::kShared});
  const auto before = std::exchange(pipeline_, nullptr);
  if (!before) return;
  if (before->state() == PortalPipeline::State::kConnecting) {
    watch_.on_stopped(Clock::now());
  } else {
    watch_.on_reshaped(Clock::now());
  }
  look_soon();
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
  while (act(watch_.poll(Clock::now()))) {
  }
  if (watch_.take_recovered()) gate_.notice(back());
}

void PortalCapture::observe(Instant now) {
  using enum PortalPipeline::State;
  const auto state = pipeline_ ? pipeline_->state() : kConnecting;
  if (state == kConnecting) return;
  if (state == kStreaming || state == kReshaped) {
    ladder_.on_agreed();
    watch_.on_streaming(now);
    const std::lock_guard lock(mutex_);
    description_.memory = pipeline_->memory();
  }
  if (state == kStreaming) return;
  misfit_ = pipeline_->take_misfit();
  pipeline_.reset();
  if (state == kReshaped) return watch_.on_reshaped(now);
  ladder_.on_failed();
  watch_.on_stopped(now);
}

/// False: there is nothing to do for now.
bool PortalCapture::act(SourceWatch::Step step) {
  // It was given its time.
  if (step != SourceWatch::Step::kNone && std::exchange(pipeline_, nullptr)) ladder_.on_timed_out();
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
  const int remote = agreed_ ? session_->open_remote() : -1;
  if (remote < 0) return watch_.on_stopped(Clock::now());
  try {
    pipeline_ = std::make_unique<PortalPipeline>(
        RemoteFd(remote), stream_.node, ladder_.offer(), std::exchange(misfit_, nullptr),
        PortalPipeline::Callbacks{[this](gst::Owned<GstSample> picture, Instant captured_at) {
                                    deliver(std::move(picture), captured_at);
                                  },
                                  [this] { look_soon(); }});
  } catch (const StartupError& error) {
    end(error.error());
  }
}

/// Only with a token: nobody is to be asked again in the middle of sharing, and nobody may be there to
/// answer. Without one the session there is has to do.
void PortalCapture::renew() {
  // An attempt that got no answer has used its token up.
  if (std::exchange(renewing_, false) && token_) token_->forget();
  const auto token = token_ ? token_->load() : std::nullopt;
  if (!token && !agreed_) return end(gone());
  if (!token) return watch_.on_session(true, Clock::now());
  renewing_ = true;
  request(*token, [this](const Answer& outcome) {
    renewing_ = false;
    if (outcome) accept(*outcome);
    watch_.on_session(outcome.has_value(), Clock::now());
    look_soon();
  });
}

void PortalCapture::deliver(gst::Owned<GstSample> picture, Instant captured_at) {
  const GstStructure* format = gst_caps_get_structure(gst_sample_get_caps(picture.get()), 0);
  {
    const std::lock_guard lock(mutex_);
    gst_structure_get_int(format, "width", &description_.width);
    gst_structure_get_int(format, "height", &description_.height);
    if (orientation_of(picture.get()).is_sideways()) std::swap(description_.width, description_.height);
  }
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
  require_element();
  const PortalFeatures features = find_portal(settings.stop).value();
  require_kind(features, settings.kind);
  auto capture = std::make_unique<PortalCapture>(settings, features, std::move(callbacks));
  capture->open(settings.stop);
  return capture;
}

}  // namespace pixelpass::capture
