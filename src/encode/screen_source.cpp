#include "pixelpass/base/address_space.hpp"
#include "pixelpass/encode/encoder_report.hpp"

#include "encode/screen_source_core.hpp"

#include <future>
#include <utility>

namespace pixelpass::encode {
namespace {

using gst::MediaThread;
using gst::Owned;

constexpr int kMinSide = 64;
constexpr int kMaxSide = 8192;
constexpr int kMaxFps = 240;
/// The size that is assumed of a screen that does not tell its own before its first picture.
constexpr Size kUsualSize{1280, 720};
/// How many pictures of the screen's size are in use at once between capture and encoder. Checked beforehand,
/// since running out of memory there ends the process.
constexpr std::size_t kPicturesAtOnce = 12;
constexpr std::size_t kBytesPerPixel = 4;
/// A library call that hangs for longer than this, after all trials, is not waited for.
constexpr auto kAnswersWithin = 2s;

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

void require_memory(Size screen) {
  const std::size_t needed = kPicturesAtOnce * kBytesPerPixel * static_cast<std::size_t>(screen.width) *
                             static_cast<std::size_t>(screen.height);
  if (!can_have_address_space(needed)) throw StartupError(too_little_address_space(needed));
}

EncoderFacts facts_of(const ScreenSourceSettings& settings) {
  return settings.encoder_facts ? *settings.encoder_facts : encoder_facts(settings.encoder);
}

}  // namespace

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
      screen_(make_screen(screen_callbacks(role_))) {
  // A capture that ended while it was made counts as ended.
  if (const auto error = role_->share()) gate_.end(*error);
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

/// The capture and the encoder post to the media thread, which calls them. So the calls are stopped first,
/// then the capture and the encoder are destroyed, then the thread.
void ScreenSource::stop() {
  media_->call([this] {
    playing_ = false;
    video_.stop();
    if (audio_) audio_->stop();
  });
  audio_capture_.reset();
  screen_.reset();
  media_.reset();
}

capture::ScreenCallbacks ScreenSource::screen_callbacks(const Role& role) {
  return {.on_picture =
              [this, role](Owned<GstSample> picture, Instant captured_at) {
                if (!role->is_shared()) return;
                if (inbox_.put({std::move(picture), captured_at})) media_->post([this] { encode_due(); });
              },
          .on_ended =
              [this, role](Error error) {
                if (auto why = role->end(std::move(error))) gate_.end(*std::move(why));
              },
          .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); },
          .on_hidden =
              [this, role](std::string reason) {
                if (!role->is_shared()) return;
                media_->post([this] { forget_unseen(); });
                gate_.hide(std::move(reason));
              },
          .on_sources =
              [this, role] {
                if (role->is_shared()) media_->post([this] { on_sources(); });
              }};
}

VideoTrack::Callbacks ScreenSource::video_callbacks() {
  return {.on_picture = [this](AccessUnit picture) { deliver(std::move(picture)); },
          .on_changed = [this] { on_changed(); },
          .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); },
          .on_failed =
              [this](Error error) {
                playing_ = false;
                on_trial(std::move(error));
              },
          .on_brought_in = [this] { wake_encoder(); }};
}

AudioTrack::Callbacks ScreenSource::audio_callbacks() {
  return {.on_audio = [this](AccessUnit unit) { gate_.pass(std::move(unit)); },
          .on_arrival = [this] { media_->post([this] { audio_->take_in(); }); },
          .on_notice = [this](Error notice) { gate_.tell(std::move(notice)); }};
}

/// Encodes one picture, which nobody gets: a machine that cannot encode is told so before it shares anything,
/// and the first viewer does not wait for the encoder to be set up.
void ScreenSource::try_out() {
  const auto screen = screen_->describe();
  description_.source = screen.source;
  description_.fps = settings_.fps;
  description_.audio = audio_capture_ ? audio_capture_->describe() : "none";
  description_.sources = screen.sources;
  const Size size = screen.width > 0 && screen.height > 0 ? Size{screen.width, screen.height} : kUsualSize;
  require_memory(size);
  media_->post([this, size] { video_.begin(size); });
  const auto error = trial_.wait(settings_.trials_within, settings_.stop);
  if (!error) return;
  // stop() would wait for the hung media thread: nothing that it uses may be destroyed.
  if (!settings_.stop.stop_requested() && !media_->answers(kAnswersWithin)) gate_.tell_of_hang(*error);
  throw StartupError(*error);
}

void ScreenSource::on_trial(std::optional<Error> error) {
  if (!trial_.settle(error) && error) gate_.end(std::move(*error));
}

void ScreenSource::play() {
  const Instant now = Clock::now();
  if (!gate_.open(now)) return;
  media_->post([this, now] { begin(now); });
}

void ScreenSource::pause() {
  if (!gate_.close()) return;
  media_->post([this] { stop_playing(); });
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

void ScreenSource::set_limits(const PictureLimits& limits) {
  media_->post([this, limits] { limit(limits); });
}

void ScreenSource::set_muted(bool muted) {
  media_->post([this, muted] { mute(muted); });
}

void ScreenSource::set_opus(bool wanted) {
  if (audio_) media_->post([this, wanted] { audio_->set_opus(wanted); });
}

void ScreenSource::show(int source) {
  media_->post([this, source] { show_alone(source); });
}

void ScreenSource::set_covered(bool covered) {
  gate_.hold();
  media_->post([this, covered] {
    const Instant now = Clock::now();
    gate_.release(now);
    cover(covered, now);
  });
}

std::optional<Error> ScreenSource::replace_screen(const MakeScreen& make) {
  const auto role = std::make_shared<ScreenRole>();
  std::unique_ptr<capture::ScreenCapture> screen;
  try {
    screen = make(screen_callbacks(role));
  } catch (const StartupError& error) {
    return error.error();
  }
  std::promise<std::optional<Error>> swapped;
  media_->post([&] { swapped.set_value(swap_screen(screen, role)); });
  // The capture that is not shared is destroyed here, which may take a while.
  return swapped.get_future().get();
}

StreamDescription ScreenSource::describe() const {
  const std::lock_guard lock(description_mutex_);
  auto description = description_;
  description.bitrate_bps = bitrate_bps_;
  return description;
}

EncodeTimes ScreenSource::take_times() {
  auto times = meter_.take(Clock::now());
  if (audio_) times.audio = audio_->take_level();
  return times;
}

std::optional<AudioLevel> ScreenSource::take_audio_level() {
  return audio_ ? audio_->take_moment_level() : std::nullopt;
}

std::unique_ptr<MediaSource> make_screen_source(const ScreenSourceSettings& settings,
                                                const MakeScreen& make_screen, const MakeAudio& make_audio,
                                                MediaCallbacks callbacks) {
  require_possible(settings);
  gst::start_gstreamer();
  return std::make_unique<ScreenSource>(settings, make_screen, make_audio, std::move(callbacks));
}

}  // namespace pixelpass::encode
