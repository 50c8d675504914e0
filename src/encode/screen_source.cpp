#include "pixelpass/encode/screen_source.hpp"

#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include "encode/audio_track.hpp"
#include "encode/encode_meter.hpp"
#include "encode/frame_gate.hpp"
#include "encode/frame_pacer.hpp"
#include "encode/newest_picture.hpp"
#include "encode/picture_schedule.hpp"
#include "encode/trial.hpp"
#include "encode/video_track.hpp"

#include <atomic>
#include <future>
#include <utility>

namespace pixelpass::encode {
namespace {

using gst::MediaThread;
using gst::Owned;

constexpr int kMinSide = 64;
constexpr int kMaxSide = 8192;
constexpr int kMaxFps = 240;
/// Of a screen that does not tell its size before its first picture.
constexpr Size kUsualSize{1280, 720};
/// A first picture takes some 50 ms; a machine that needs this long cannot share anything.
constexpr auto kTrialWithin = 3s;
constexpr auto kAllTrialsWithin = 20s;
/// An encoder that works on one picture for this long never ends.
constexpr auto kStalledAfter = 5s;

void require_possible(const ScreenSourceSettings& settings) {
  const auto side = [](int length) { return length >= kMinSide && length <= kMaxSide; };
  if (settings.box && (!side(settings.box->width) || !side(settings.box->height))) {
    throw StartupError("a picture of " + std::to_string(settings.box->width) + "x" +
                           std::to_string(settings.box->height) + " cannot be encoded",
                       "width and height are from " + std::to_string(kMinSide) + " to " +
                           std::to_string(kMaxSide) + ", such as --size 1280x720",
                       ExitCode::kUsage);
  }
  if (settings.fps < 1 || settings.fps > kMaxFps) {
    throw StartupError(std::to_string(settings.fps) + " frames a second cannot be encoded",
                       "1 to " + std::to_string(kMaxFps) + ", such as --fps 30", ExitCode::kUsage);
  }
}

EncoderFacts facts_of(const ScreenSourceSettings& settings) {
  return settings.encoder_facts ? *settings.encoder_facts : encoder_facts(settings.encoder);
}

/// The capture's thread leaves the newest picture; all else happens on the media thread, but for the encoded
/// pictures, which come on the encoder's.
class ScreenSource final : public MediaSource {
 public:
  ScreenSource(const ScreenSourceSettings& settings, const MakeScreen& make_screen,
               const MakeAudio& make_audio, MediaCallbacks callbacks);
  ~ScreenSource() override;
  ScreenSource(const ScreenSource&) = delete;
  ScreenSource& operator=(const ScreenSource&) = delete;

  void play() override;
  void pause() override;
  void force_keyframe() override;
  void set_bitrate(std::int64_t bits_per_second) override;
  void set_muted(bool muted) override;
  [[nodiscard]] StreamDescription describe() const override;
  EncodeTimes take_times() override { return meter_.take(Clock::now()); }

 private:
  capture::ScreenCallbacks screen_callbacks();
  VideoTrack::Callbacks video_callbacks();
  AudioTrack::Callbacks audio_callbacks();
  void try_out();
  void stop();
  void on_trial(std::optional<Error> error);

  // On the media thread.
  void begin(Instant now);
  void rest();
  void mute(bool muted);
  void take_picture(Instant now);
  void encode_due();
  void encode(const FramePacer::Step& step, Instant now);
  void arm();
  void on_changed();

  // On others.
  void deliver(AccessUnit picture);

  const ScreenSourceSettings settings_;
  const Instant epoch_ = Clock::now();  ///< where the stream's time begins: PTS go on over pauses
  std::atomic<std::int64_t> bitrate_bps_;
  FrameGate gate_;
  EncodeMeter meter_;
  NewestPicture inbox_;
  mutable std::mutex description_mutex_;
  StreamDescription description_;  ///< under description_mutex_
  Trial trial_;
  std::atomic<bool> waits_for_encoder_ = false;

  // The media thread's.
  bool playing_ = false;
  bool muted_ = false;
  NewestPicture::Picture newest_;  ///< not encoded yet
  PictureSchedule schedule_;
  bool encoding_ = false;  ///< in encode()
  std::unique_ptr<MediaThread> media_;
  gst::MediaTimer timer_;
  VideoTrack video_;
  std::unique_ptr<AudioTrack> audio_;  ///< null: no sound is shared
  std::unique_ptr<capture::ScreenCapture> screen_;
  std::unique_ptr<capture::AudioCapture> audio_capture_;
};

ScreenSource::ScreenSource(const ScreenSourceSettings& settings, const MakeScreen& make_screen,
                           const MakeAudio& make_audio, MediaCallbacks callbacks)
    : settings_(settings),
      bitrate_bps_(settings.bitrate_bps),
      gate_(std::move(callbacks)),
      meter_(epoch_),
      schedule_(settings.fps, epoch_),
      media_(std::make_unique<MediaThread>()),
      timer_(media_->context(), [this] { encode_due(); }),
      video_({settings.box, settings.fps, settings.bitrate_bps},
             video_encoder_candidates(settings.encoder, facts_of(settings)), epoch_, media_->context(),
             video_callbacks()),
      audio_(make_audio ? std::make_unique<AudioTrack>(choose_audio_encoder(gst::has_element), epoch_,
                                                       media_->context(), audio_callbacks())
                        : nullptr),
      screen_(make_screen(screen_callbacks())) {
  try {
    if (make_audio) {
      audio_capture_ =
          make_audio({.on_audio = [this](std::span<const float> interleaved,
                                         Instant captured_at) { audio_->on_audio(interleaved, captured_at); },
                      .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); }});
    }
    try_out();
  } catch (...) {
    stop();
    throw;
  }
}

ScreenSource::~ScreenSource() {
  gate_.shut();
  stop();
}

/// The capture and the encoder post to the media thread, and that calls them: so first nothing calls them any
/// more, then they end, then the thread.
void ScreenSource::stop() {
  std::promise<void> done;
  media_->post([&] {
    playing_ = false;
    video_.stop();
    if (audio_) audio_->stop();
    done.set_value();
  });
  done.get_future().wait();
  audio_capture_.reset();
  screen_.reset();
  media_.reset();
}

capture::ScreenCallbacks ScreenSource::screen_callbacks() {
  return {.on_picture =
              [this](Owned<GstSample> picture, Instant captured_at) {
                if (inbox_.put({std::move(picture), captured_at})) media_->post([this] { encode_due(); });
              },
          .on_ended = [this](Error error) { gate_.end(std::move(error)); },
          .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); }};
}

VideoTrack::Callbacks ScreenSource::video_callbacks() {
  return {.on_picture = [this](AccessUnit picture) { deliver(std::move(picture)); },
          .on_changed = [this] { on_changed(); },
          .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); },
          .on_failed =
              [this](Error error) {
                playing_ = false;
                on_trial(std::move(error));
              }};
}

AudioTrack::Callbacks ScreenSource::audio_callbacks() {
  return {.on_audio = [this](AccessUnit unit) { gate_.pass(std::move(unit)); },
          .on_arrival = [this] { media_->post([this] { audio_->take_in(); }); },
          .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); }};
}

/// Encodes one picture, which nobody gets: a machine that cannot is told so before it shares anything, and
/// the first viewer does not wait for the encoder to be set up.
void ScreenSource::try_out() {
  const auto screen = screen_->describe();
  description_.source = screen.source;
  description_.fps = settings_.fps;
  description_.audio = audio_capture_ ? audio_capture_->describe() : "none";
  const Size size = screen.width > 0 && screen.height > 0 ? Size{screen.width, screen.height} : kUsualSize;
  media_->post([this, size] { video_.begin(size); });
  if (const auto error = trial_.wait(kAllTrialsWithin, settings_.stop)) throw StartupError(*error);
}

void ScreenSource::on_trial(std::optional<Error> error) {
  if (!trial_.settle(error) && error) gate_.end(std::move(*error));
}

void ScreenSource::play() {
  const Instant now = Clock::now();
  if (!gate_.open(now)) return;
  media_->post([this, now] { begin(now); });
}

void ScreenSource::begin(Instant now) {
  playing_ = true;
  schedule_.begin(now);
  encode_due();
  screen_->play();
  if (!audio_) return;
  audio_->start(now);
  if (!muted_) audio_capture_->play();
}

void ScreenSource::pause() {
  if (!gate_.close()) return;
  media_->post([this] { rest(); });
}

void ScreenSource::rest() {
  playing_ = false;
  screen_->pause();
  if (audio_) {
    audio_capture_->pause();
    audio_->stop();
  }
  // What came last is what the next one to join sees first. And its memory is the compositor's.
  take_picture(Clock::now());
  if (newest_.sample) video_.show(std::exchange(newest_, {}).sample.get());
  timer_.arm(std::nullopt);
}

void ScreenSource::force_keyframe() {
  media_->post([this] {
    schedule_.ask_for_keyframe();
    encode_due();
  });
}

void ScreenSource::set_bitrate(std::int64_t bits_per_second) {
  bitrate_bps_ = bits_per_second;
  media_->post([this, bits_per_second] { video_.set_bitrate(bits_per_second); });
}

void ScreenSource::set_muted(bool muted) {
  media_->post([this, muted] { mute(muted); });
}

void ScreenSource::mute(bool muted) {
  if (!audio_ || std::exchange(muted_, muted) == muted) return;
  if (muted) audio_capture_->pause();
  audio_->mute(muted);
  if (!muted && playing_) audio_capture_->play();
}

StreamDescription ScreenSource::describe() const {
  const std::lock_guard lock(description_mutex_);
  auto description = description_;
  description.bitrate_bps = bitrate_bps_;
  return description;
}

void ScreenSource::on_changed() {
  screen_->allow_dma_buf(video_.takes_dma_buf());
  {
    const std::lock_guard lock(description_mutex_);
    description_.width = video_.size().width;
    description_.height = video_.size().height;
    description_.encoder = video_.encoder().element;
  }
  if (!trial_.is_over()) {
    video_.encode(Clock::now(), true);
    timer_.arm(Clock::now() + kTrialWithin);
    return;
  }
  gate_.tell(describe());
  // The picture that is being encoded is the new encoder's first.
  if (encoding_) return;
  schedule_.ask_for_keyframe();
  timer_.arm(schedule_.next_timeout());
}

void ScreenSource::take_picture(Instant now) {
  auto picture = inbox_.take();
  if (!picture.sample) return;
  newest_ = std::move(picture);
  schedule_.on_picture(now);
}

void ScreenSource::encode_due() {
  if (!playing_) {
    if (!trial_.is_over()) video_.give_up("it gives no picture");
    return;
  }
  const Instant now = Clock::now();
  take_picture(now);
  // First told, then asked: whichever thread comes second sees what the other has done.
  waits_for_encoder_ = true;
  while (video_.is_free()) {
    const auto step = schedule_.next(now);
    if (step.picture == FramePacer::Picture::kNone) {
      waits_for_encoder_ = false;
      break;
    }
    encode(step, now);
  }
  arm();
}

void ScreenSource::encode(const FramePacer::Step& step, Instant now) {
  Instant captured_at = now;
  encoding_ = true;
  if (step.picture == FramePacer::Picture::kNewest) {
    const auto picture = std::exchange(newest_, {});
    video_.show(picture.sample.get());
    captured_at = picture.captured_at;
  }
  video_.encode(schedule_.stamp(captured_at, now), step.keyframe);
  encoding_ = false;
}

void ScreenSource::arm() {
  auto at = schedule_.next_timeout();
  if (const auto busy_since = video_.busy_since(); waits_for_encoder_ && busy_since) {
    at = *busy_since + kStalledAfter;
    if (Clock::now() >= *at) video_.give_up("it has stopped giving pictures");
  }
  timer_.arm(at);
}

void ScreenSource::deliver(AccessUnit picture) {
  on_trial(std::nullopt);
  const Duration took = Clock::now() - picture.captured_at;
  const auto outcome = gate_.pass(std::move(picture));
  if (outcome == FrameGate::Outcome::kPassed) meter_.add(took);
  if (outcome == FrameGate::Outcome::kNeedsKeyframe) {
    force_keyframe();
  } else if (waits_for_encoder_.exchange(false)) {
    media_->post([this] { encode_due(); });
  }
}

}  // namespace

std::unique_ptr<MediaSource> make_screen_source(const ScreenSourceSettings& settings,
                                                const MakeScreen& make_screen, const MakeAudio& make_audio,
                                                MediaCallbacks callbacks) {
  require_possible(settings);
  gst::start_gstreamer();
  return std::make_unique<ScreenSource>(settings, make_screen, make_audio, std::move(callbacks));
}

}  // namespace pixelpass::encode
