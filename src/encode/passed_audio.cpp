#include "encode/passed_audio.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/hand_over.hpp"

#include "encode/encoder_settings.hpp"
#include "encode/film_downmix.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pixelpass::encode {
namespace {

constexpr std::chrono::nanoseconds kPassedPacketTime = 10ms;
constexpr const char* kMixerName = "mixer";
/// The longest step of the time stamps from one unit to the next; a larger one, or one back, means that
/// another film begins.
constexpr auto kMostStep = std::chrono::seconds(1);
/// GStreamer's name for a kind of audio, and the parser that finds its frames. Empty: this kind is not
/// decoded here. AAC in LATM is among these, as it comes out in pieces.
struct AudioCodec {
  std::string_view caps;
  std::string_view parser;
};
AudioCodec kind_of(StreamType type) {
  switch (type) {
    case StreamType::kAacAdts:
      return {"audio/mpeg,mpegversion=4,stream-format=adts", "aacparse"};
    case StreamType::kMpeg1Audio:
    case StreamType::kMpeg2Audio:
      return {"audio/mpeg,mpegversion=1", "mpegaudioparse"};
    case StreamType::kAc3:
      return {"audio/x-ac3", "ac3parse"};
    case StreamType::kEac3:
      return {"audio/x-eac3", "ac3parse"};
    default:
      return {};
  }
}

/// Gaps in the stream's sound become silence, so that the packets' time goes on.
std::string decoding_text(const AudioCodec& kind) {
  return gst::source_text(gst::kSourceName) + " caps=" + std::string(kind.caps) + " ! " +
         gst::element_text(kind.parser) + " ! " + gst::element_text("decodebin") + " ! " +
         gst::element_text("audioconvert") + " name=" + kMixerName + " ! " +
         gst::element_text("audioresample") +
         " ! audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2 ! " +
         gst::element_text("audiorate") + " ! " + gst::element_text("audioconvert") + " ! " +
         std::string(opus_encoder().element) + " name=" + gst::kEncoderName + gst::sink_text(gst::kSinkName);
}

}  // namespace

/// Decodes one stretch of sound, from one jump of the time stamps to the next.
class PassedAudio::Pipeline {
 public:
  /// Throws StartupError. `zero`: the stream's time at the pipeline's 0.
  Pipeline(const AudioCodec& kind, std::chrono::nanoseconds zero, GMainContext* context,
           std::function<void(AccessUnit)> on_audio, std::function<void(std::string)> on_failed)
      : zero_(zero),
        on_audio_(std::move(on_audio)),
        pipeline_(gst::parse_pipeline(decoding_text(kind), "the stream's sound")),
        source_(gst::element_of(pipeline_.get(), gst::kSourceName)) {
    configure_encoder(gst::element_of(pipeline_.get(), gst::kEncoderName).get(), opus_encoder()).value();
    mix_to_stereo(gst::element_of(pipeline_.get(), kMixerName).get());
    gst::take_samples(pipeline_.get(), gst::kSinkName, [this](GstSample* sample) { on_sample(sample); });
    bus_watch_.emplace(pipeline_.get(), context, std::move(on_failed));
    gst::start_pipeline(pipeline_.get(), "the stream's sound", "mpv and VLC play it: pixelpass view");
  }
  ~Pipeline() {
    bus_watch_.reset();
    gst::stop_pipeline(pipeline_.get());
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void push(const mpegts::ElementaryUnit& unit, std::chrono::nanoseconds at) {
    GstBuffer* buffer = gst_buffer_new_memdup(unit.bytes.data(), unit.bytes.size());
    gst::set_times(buffer, at, GST_CLOCK_TIME_NONE);
    gst::push_buffer(pipeline_.get(), source_.get(), buffer);
  }

 private:
  /// Computes the beginning from the packet's end, as OpusEncoder does.
  void on_sample(GstSample* sample) {
    AccessUnit unit;
    unit.bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
    if (unit.bytes.empty()) return gst::fail_pipeline(pipeline_.get(), "its sound cannot be read");
    unit.kind = AccessUnit::Kind::kOpus;
    {
      const gst::ReadsOfGstMemory of_the_buffer;
      const std::chrono::nanoseconds duration(GST_BUFFER_DURATION(gst_sample_get_buffer(sample)));
      unit.pts = zero_ + gst::running_time(sample) + duration - kPassedPacketTime;
    }
    unit.captured_at = Clock::now();
    unit.duration = kPassedPacketTime;
    on_audio_(std::move(unit));
  }

  const std::chrono::nanoseconds zero_;
  const std::function<void(AccessUnit)> on_audio_;
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> source_;
  std::optional<gst::BusWatch> bus_watch_;
};

void PassedAudio::feed(const Frame& frame) {
  demuxer_.feed(frame, [this](const mpegts::ElementaryUnit& unit) {
    if (!is_video(unit.track.type)) take(unit);
  });
}

void PassedAudio::take(const mpegts::ElementaryUnit& unit) {
  look_at_tracks();
  const auto* chosen = choice_.choose(Clock::now(), pipeline_ ? &track_ : nullptr);
  if (chosen == nullptr) return tell("its sound is of a kind that is not decoded here");
  if (*chosen != unit.track) return;
  if (!follows(unit)) begin(unit);
  if (!pipeline_) return;
  at_ += std::chrono::duration_cast<std::chrono::nanoseconds>(pts_difference(unit.pts, last_));
  last_ = unit.pts;
  pipeline_->push(unit, at_);
}

void PassedAudio::look_at_tracks() {
  if (std::exchange(is_broken_, false)) pipeline_.reset();
  if (tracks_ == demuxer_.tracks()) return;
  tracks_ = demuxer_.tracks();
  auto decoded = tracks_;
  std::erase_if(decoded, [](const auto& track) { return kind_of(track.type).caps.empty(); });
  choice_.set_tracks(std::move(decoded));
  has_told_ = false;
}

bool PassedAudio::follows(const mpegts::ElementaryUnit& unit) const {
  if (!pipeline_ || unit.track != track_) return false;
  const auto step = pts_difference(unit.pts, last_);
  return step >= Ticks(0) && step <= kMostStep;
}

void PassedAudio::begin(const mpegts::ElementaryUnit& unit) {
  pipeline_.reset();
  track_ = unit.track;
  last_ = unit.pts;
  at_ = {};
  try {
    gst::start_gstreamer();
    pipeline_ = std::make_shared<Pipeline>(
        kind_of(unit.track.type), std::chrono::duration_cast<std::chrono::nanoseconds>(unit.pts), context_,
        callbacks_.on_audio, [this](const std::string& why) { fail(why); });
  } catch (const StartupError& error) {
    fail(error.error().what);
  }
}

/// Called by the pipeline, which is therefore destroyed later.
void PassedAudio::fail(const std::string& why) {
  if (std::exchange(is_broken_, true)) return;
  if (!choice_.on_failed(track_, Clock::now())) tell(why);
}

void PassedAudio::tell(const std::string& why) {
  if (!std::exchange(has_told_, true)) callbacks_.on_failed(why);
}

}  // namespace pixelpass::encode
