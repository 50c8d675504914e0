#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/gst/gst.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "encode/encode_meter.hpp"
#include "encode/encoder_settings.hpp"
#include "encode/frame_gate.hpp"

#include <atomic>
#include <future>
#include <optional>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using gst::MediaThread;
using gst::Owned;
using gst::start_gstreamer;

constexpr int kMinTestSide = 64;
constexpr int kMaxTestSide = 8192;
constexpr int kMaxTestFps = 240;
constexpr int kSecondsPerGroup = 2;
/// A first picture takes some 50 ms; a machine that needs this long cannot share anything.
constexpr auto kFirstPictureWithin = 10s;

/// Element names within the pipeline.
constexpr auto kAudioEncoderName = "audio-encoder";
constexpr auto kVideoSinkName = "video";
constexpr auto kAudioSinkName = "audio";

/// The plugin that draws text may be missing: then there is no clock in the picture.
std::string overlay_text() {
  if (!has_element("timeoverlay") || !has_element("clockoverlay")) return {};
  return " ! clockoverlay halignment=left valignment=top shaded-background=true"
         " ! timeoverlay halignment=right valignment=top shaded-background=true";
}

std::string video_text(const TestSourceSettings& settings, const VideoEncoder& encoder) {
  // The format by force: an encoder left alone picks 4:4:4, which players' hardware cannot decode.
  return "videotestsrc is-live=true do-timestamp=false pattern=smpte horizontal-speed=4 ! " +
         std::string(encoder.inputs.back().caps) + ",width=" + std::to_string(settings.width) +
         ",height=" + std::to_string(settings.height) + ",framerate=" + std::to_string(settings.fps) + "/1" +
         overlay_text() + " ! " + std::string(encoder.element) + " name=" + gst::kEncoderName +
         " ! video/x-h264,stream-format=byte-stream,alignment=au" + gst::sink_text(kVideoSinkName);
}

std::string audio_text(const AudioEncoder& encoder) {
  return "audiotestsrc is-live=true do-timestamp=false samplesperbuffer=1024 wave=sine freq=440 volume=0.05 "
         "! audio/x-raw,rate=48000,channels=2 ! " +
         launch_text(encoder, kAudioEncoderName) + gst::sink_text(kAudioSinkName);
}

void require_possible(const TestSourceSettings& settings) {
  const auto side = [](int length) {
    return length >= kMinTestSide && length <= kMaxTestSide && length % 2 == 0;
  };
  if (!side(settings.width) || !side(settings.height)) {
    throw StartupError("a picture of " + std::to_string(settings.width) + "x" +
                           std::to_string(settings.height) + " cannot be encoded",
                       "width and height are even numbers from " + std::to_string(kMinTestSide) + " to " +
                           std::to_string(kMaxTestSide) + ", such as --size 1280x720",
                       ExitCode::kUsage);
  }
  if (settings.fps < 1 || settings.fps > kMaxTestFps) {
    throw StartupError(std::to_string(settings.fps) + " frames a second cannot be encoded",
                       "1 to " + std::to_string(kMaxTestFps) + ", such as --fps 30", ExitCode::kUsage);
  }
}

/// Two branches in one pipeline, picture and tone, each on a streaming thread of its own down to its appsink.
class TestSource final : public MediaSource {
 public:
  TestSource(const TestSourceSettings& settings, MediaCallbacks callbacks);
  ~TestSource() override;
  TestSource(const TestSource&) = delete;
  TestSource& operator=(const TestSource&) = delete;

  void play() override;
  void pause() override;
  void force_keyframe() override;
  void set_bitrate(std::int64_t bits_per_second) override;
  [[nodiscard]] StreamDescription describe() const override;
  EncodeTimes take_times() override { return meter_.take(Clock::now()); }

 private:
  void build();
  void try_out();
  void set_state(GstState state);
  void stop();
  void on_outcome(std::optional<Error> error);
  void on_error(const std::string& why);
  [[nodiscard]] AccessUnit access_unit(GstSample* sample, AccessUnit::Kind kind) const;
  void deliver_video(GstSample* sample);
  void deliver_audio(GstSample* sample);

  const TestSourceSettings settings_;
  const VideoEncoder* video_encoder_;
  const Instant epoch_ = Clock::now();  ///< where the stream's time begins: PTS go on over pauses
  std::atomic<std::int64_t> bitrate_bps_;
  FrameGate gate_;
  EncodeMeter meter_;
  mpegts::TsWriter writer_;  ///< under gate_'s lock
  std::atomic<bool> tried_ = false;
  std::promise<std::optional<Error>> first_outcome_;  ///< of try_out(): a picture, or an error
  Owned<GstElement> pipeline_;
  Owned<GstElement> encoder_;
  std::optional<gst::BusWatch> bus_watch_;
  std::unique_ptr<MediaThread> media_;  ///< its tasks use all above
};

TestSource::TestSource(const TestSourceSettings& settings, MediaCallbacks callbacks)
    : settings_(settings),
      video_encoder_(&choose_video_encoder(settings.encoder, has_element)),
      bitrate_bps_(settings.bitrate_bps),
      gate_(std::move(callbacks)),
      meter_(epoch_),
      writer_({.video = true, .audio = settings.audio}),
      media_(std::make_unique<MediaThread>()) {
  build();
  bus_watch_.emplace(pipeline_.get(), media_->context(), [this](const std::string& why) { on_error(why); });
  try_out();
}

TestSource::~TestSource() {
  gate_.shut();
  stop();
}

void TestSource::stop() {
  media_.reset();
  bus_watch_.reset();
  // Joins the streaming threads.
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void TestSource::build() {
  std::string launch = video_text(settings_, *video_encoder_);
  const AudioEncoder* audio = settings_.audio ? &choose_audio_encoder(has_element) : nullptr;
  if (audio != nullptr) launch += "  " + audio_text(*audio);
  pipeline_ = gst::parse_pipeline(launch, "the test picture");
  encoder_ = gst::element_of(pipeline_.get(), gst::kEncoderName);
  configure_encoder(encoder_.get(), *video_encoder_, settings_.fps * kSecondsPerGroup, settings_.bitrate_bps)
      .value();
  // GStreamer's system clock is CLOCK_MONOTONIC, and so is Clock: its times need no conversion.
  const Owned<GstClock> clock(gst_system_clock_obtain());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock.get());
  gst::take_samples(pipeline_.get(), kVideoSinkName, [this](GstSample* sample) { deliver_video(sample); });
  if (audio == nullptr) return;
  configure_encoder(gst::element_of(pipeline_.get(), kAudioEncoderName).get(), *audio).value();
  gst::take_samples(pipeline_.get(), kAudioSinkName, [this](GstSample* sample) { deliver_audio(sample); });
}

/// Encodes one picture, which nobody gets: a machine that cannot is told so before it shares anything, and
/// the first viewer does not wait for the encoder to be set up. Then all rests: paused live sources give
/// nothing.
void TestSource::try_out() {
  auto outcome = first_outcome_.get_future();
  set_state(GST_STATE_PLAYING);
  std::optional<Error> error = Error{"the test picture does not come", "try another --encoder"};
  if (outcome.wait_for(kFirstPictureWithin) == std::future_status::ready) error = outcome.get();
  if (error) {
    stop();
    throw StartupError(*error);
  }
  set_state(GST_STATE_PAUSED);
}

/// An element that refuses says why on the bus, before this does.
void TestSource::set_state(GstState state) {
  if (gst_element_set_state(pipeline_.get(), state) == GST_STATE_CHANGE_FAILURE)
    gst::fail_pipeline(pipeline_.get(),
                       std::string("it does not go to ") + gst_element_state_get_name(state));
}

void TestSource::on_outcome(std::optional<Error> error) {
  if (!tried_.exchange(true)) {
    first_outcome_.set_value(std::move(error));
  } else if (error) {
    gate_.end(std::move(*error));
  }
}

void TestSource::play() {
  if (!gate_.open(Clock::now())) return;
  media_->post([this] {
    gst::ask_for_keyframe(encoder_.get());
    set_state(GST_STATE_PLAYING);
  });
}

void TestSource::pause() {
  if (!gate_.close()) return;
  media_->post([this] { set_state(GST_STATE_PAUSED); });
}

void TestSource::force_keyframe() {
  media_->post([this] { gst::ask_for_keyframe(encoder_.get()); });
}

void TestSource::set_bitrate(std::int64_t bits_per_second) {
  bitrate_bps_ = bits_per_second;
  media_->post(
      [this, bits_per_second] { set_encoder_bitrate(encoder_.get(), *video_encoder_, bits_per_second); });
}

StreamDescription TestSource::describe() const {
  return {.source = "test",
          .width = settings_.width,
          .height = settings_.height,
          .fps = settings_.fps,
          .encoder = std::string(video_encoder_->element),
          .audio = settings_.audio ? "test" : "none",
          .bitrate_bps = bitrate_bps_};
}

AccessUnit TestSource::access_unit(GstSample* sample, AccessUnit::Kind kind) const {
  const std::chrono::nanoseconds base(gst_element_get_base_time(pipeline_.get()));
  const Instant captured_at{base + gst::running_time(sample)};
  const bool keyframe = kind == AccessUnit::Kind::kVideo && gst::is_keyframe(sample);
  return {gst::shared_bytes(gst_sample_get_buffer(sample)),
          kind,
          captured_at - epoch_,
          captured_at,
          gst::duration(sample),
          keyframe};
}

void TestSource::deliver_video(GstSample* sample) {
  on_outcome(std::nullopt);
  const AccessUnit unit = access_unit(sample, AccessUnit::Kind::kVideo);
  if (unit.bytes.empty()) return gst::fail_pipeline(pipeline_.get(), "what was encoded cannot be read");
  const auto outcome = gate_.pass(unit.captured_at, unit.keyframe, [&] {
    Frame frame = writer_.write(unit);
    meter_.add(Clock::now() - unit.captured_at);
    return frame;
  });
  // The keyframe that play() asked for was an older picture's: ask again.
  if (outcome == FrameGate::Outcome::kNeedsKeyframe) gst::ask_for_keyframe(encoder_.get());
}

void TestSource::deliver_audio(GstSample* sample) {
  const AccessUnit unit = access_unit(sample, AccessUnit::Kind::kAudio);
  if (unit.bytes.empty()) return gst::fail_pipeline(pipeline_.get(), "what was encoded cannot be read");
  gate_.pass(unit.captured_at, false, [&] { return writer_.write(unit); });
}

void TestSource::on_error(const std::string& why) {
  on_outcome(Error{"the test picture has stopped: " + why,
                   "start again; if it happens again, try another --encoder"});
}

}  // namespace

std::unique_ptr<MediaSource> make_test_source(const TestSourceSettings& settings, MediaCallbacks callbacks) {
  require_possible(settings);
  start_gstreamer();
  return std::make_unique<TestSource>(settings, std::move(callbacks));
}

}  // namespace pixelpass::encode
