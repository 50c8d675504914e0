#include "encode/audio_pipeline.hpp"

#include "pixelpass/gst/elements.hpp"

#include "encode/encoder_settings.hpp"

namespace pixelpass::encode {
namespace {

std::string audio_text(const std::string& launch) {
  return gst::source_text(gst::kSourceName) +
         " caps=audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2"
         " ! " +
         gst::element_text("audioconvert") + " ! " + launch + gst::sink_text(gst::kSinkName);
}

}  // namespace

AudioPipeline::AudioPipeline(const AudioEncoder& encoder, const std::string& launch, Instant epoch,
                             GMainContext* context, const Callbacks& callbacks)
    : epoch_(epoch),
      pipeline_(gst::parse_pipeline(audio_text(launch), std::string(encoder.element))),
      source_(gst::element_of(pipeline_.get(), gst::kSourceName)) {
  configure_encoder(gst::element_of(pipeline_.get(), gst::kEncoderName).get(), encoder).value();
  gst::take_samples(pipeline_.get(), gst::kSinkName, callbacks.on_sample);
  bus_watch_.emplace(pipeline_.get(), context, callbacks.on_failed);
  gst::start_pipeline(pipeline_.get(), encoder.element, "do without sound: --audio none");
}

AudioPipeline::~AudioPipeline() {
  bus_watch_.reset();
  gst::stop_pipeline(pipeline_.get());
}

void AudioPipeline::push(const AudioTimeline::Block& block) {
  const std::span<const float> samples(block.interleaved);
  GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size_bytes());
  gst::set_times(buffer, block.at - epoch_, GST_SECOND * AudioTimeline::kBlockFrames / AudioTimeline::kRate);
  gst::push_buffer(pipeline_.get(), source_.get(), buffer);
}

void AudioPipeline::fail(const std::string& why) {
  gst::fail_pipeline(pipeline_.get(), why);
}

}  // namespace pixelpass::encode
