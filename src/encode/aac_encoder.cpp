#include "encode/aac_encoder.hpp"

#include "encode/encoder_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::encode {
namespace {

/// Frames that come out of a decoder before the first one that went into the encoder: GStreamer's time stamps
/// do not know of them. The first two were measured; the third is what the library itself tells (nDelay).
struct Delay {
  std::string_view element;
  std::int64_t frames;
};
constexpr std::array<Delay, 3> kDelays{{{"avenc_aac", 1024}, {"voaacenc", 1600}, {"fdkaacenc", 2048}}};

/// One frame of AAC-LC has so many samples of each channel, and encoders give one at a time. They do not all
/// say so.
constexpr std::int64_t kSamplesPerFrame = 1024;
constexpr std::chrono::nanoseconds kFrameTime(kSamplesPerFrame * 1'000'000'000 / AudioTimeline::kRate);

Duration delay_of(const AudioEncoder& encoder) {
  const auto* const found = std::ranges::find(kDelays, encoder.element, &Delay::element);
  const std::int64_t frames = found == kDelays.end() ? kDelays.front().frames : found->frames;
  return std::chrono::nanoseconds(frames * 1'000'000'000 / AudioTimeline::kRate);
}

std::string pipeline_text(const AudioEncoder& encoder) {
  return gst::source_text(gst::kSourceName) +
         " caps=audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2"
         " ! audioconvert dithering=tpdf noise-shaping=none ! " +
         launch_text(encoder, gst::kEncoderName) + gst::sink_text(gst::kSinkName);
}

}  // namespace

AacEncoder::AacEncoder(const AudioEncoder& encoder, Instant epoch, GMainContext* context, Callbacks callbacks)
    : epoch_(epoch),
      delay_(delay_of(encoder)),
      callbacks_(std::move(callbacks)),
      pipeline_(gst::parse_pipeline(pipeline_text(encoder), std::string(encoder.element))),
      source_(gst::element_of(pipeline_.get(), gst::kSourceName)) {
  configure_encoder(gst::element_of(pipeline_.get(), gst::kEncoderName).get(), encoder).value();
  gst::take_samples(pipeline_.get(), gst::kSinkName, [this](GstSample* sample) { on_sample(sample); });
  bus_watch_.emplace(pipeline_.get(), context, callbacks_.on_failed);
  gst::start_pipeline(pipeline_.get(), encoder.element);
}

AacEncoder::~AacEncoder() {
  bus_watch_.reset();
  // Joins the streaming threads.
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void AacEncoder::push(const AudioTimeline::Block& block) {
  const std::span<const float> samples(block.interleaved);
  GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size_bytes());
  gst::set_times(buffer, block.at - epoch_, GST_SECOND * AudioTimeline::kBlockFrames / AudioTimeline::kRate);
  gst::push_buffer(pipeline_.get(), source_.get(), buffer);
}

void AacEncoder::on_sample(GstSample* sample) {
  AccessUnit unit;
  unit.bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
  if (unit.bytes.empty()) return gst::fail_pipeline(pipeline_.get(), "its sound cannot be read");
  unit.kind = AccessUnit::Kind::kAudio;
  unit.pts = gst::running_time(sample) - delay_;
  unit.captured_at = epoch_ + unit.pts;
  unit.duration = kFrameTime;
  packer_.add(std::move(unit), callbacks_.on_audio);
}

}  // namespace pixelpass::encode
