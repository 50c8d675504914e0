#include "encode/aac_encoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::encode {
namespace {

/// Frames that a decoder gives before the first one that went into the encoder. GStreamer's time stamps leave
/// them out. The first two were measured; the third is the library's own figure (nDelay).
struct Delay {
  std::string_view element;
  std::int64_t frames;
};
constexpr std::array<Delay, 3> kDelays{{{"avenc_aac", 1024}, {"voaacenc", 1600}, {"fdkaacenc", 2048}}};

/// The samples of each channel in one AAC-LC frame. Encoders give one frame at a time, though not all of them
/// say so.
constexpr std::int64_t kSamplesPerFrame = 1024;
constexpr std::chrono::nanoseconds kFrameTime(kSamplesPerFrame * 1'000'000'000 / AudioTimeline::kRate);

Duration delay_of(const AudioEncoder& encoder) {
  const auto* const found = std::ranges::find(kDelays, encoder.element, &Delay::element);
  const std::int64_t frames = found == kDelays.end() ? kDelays.front().frames : found->frames;
  return std::chrono::nanoseconds(frames * 1'000'000'000 / AudioTimeline::kRate);
}

}  // namespace

AacEncoder::AacEncoder(const AudioEncoder& encoder, Instant epoch, GMainContext* context, Callbacks callbacks)
    : epoch_(epoch),
      delay_(delay_of(encoder)),
      on_audio_(std::move(callbacks.on_audio)),
      pipeline_(encoder, launch_text(encoder, gst::kEncoderName), epoch, context,
                {[this](GstSample* sample) { on_sample(sample); }, std::move(callbacks.on_failed)}) {}

void AacEncoder::on_sample(GstSample* sample) {
  AccessUnit unit;
  unit.bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
  if (unit.bytes.empty()) return pipeline_.fail("its sound cannot be read");
  unit.kind = AccessUnit::Kind::kAudio;
  unit.pts = gst::running_time(sample) - delay_;
  unit.captured_at = epoch_ + unit.pts;
  unit.duration = kFrameTime;
  packer_.add(std::move(unit), on_audio_);
}

}  // namespace pixelpass::encode
