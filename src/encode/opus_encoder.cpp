#include "encode/opus_encoder.hpp"

#include "pixelpass/gst/hand_over.hpp"

#include <string>
#include <utility>

namespace pixelpass::encode {
namespace {

constexpr std::chrono::nanoseconds kPacketTime = 10ms;

/// opusenc shortens the first packet by the decoder's pre-skip and counts on from that packet's end. So a
/// packet's end is right, and its beginning is 10 ms before that.
std::chrono::nanoseconds begin_of(GstSample* sample) {
  const gst::ReadsOfGstMemory of_the_buffer;
  const std::chrono::nanoseconds duration(GST_BUFFER_DURATION(gst_sample_get_buffer(sample)));
  return gst::running_time(sample) + duration - kPacketTime;
}

std::string launch() {
  return std::string(opus_encoder().element) + " name=" + gst::kEncoderName;
}

}  // namespace

OpusEncoder::OpusEncoder(Instant epoch, GMainContext* context, Callbacks callbacks)
    : epoch_(epoch),
      on_audio_(std::move(callbacks.on_audio)),
      pipeline_(opus_encoder(), launch(), epoch, context,
                {[this](GstSample* sample) { on_sample(sample); }, std::move(callbacks.on_failed)}) {}

void OpusEncoder::on_sample(GstSample* sample) {
  AccessUnit unit;
  unit.bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
  if (unit.bytes.empty()) return pipeline_.fail("its sound cannot be read");
  unit.kind = AccessUnit::Kind::kOpus;
  unit.pts = begin_of(sample);
  unit.captured_at = epoch_ + unit.pts;
  unit.duration = kPacketTime;
  on_audio_(std::move(unit));
}

}  // namespace pixelpass::encode
