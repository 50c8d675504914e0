#include "encode/encoder_trial.hpp"

#include "pixelpass/base/error.hpp"

#include "encode/encoder_settings.hpp"
#include "encode/picture_converter.hpp"

#include <string>

namespace pixelpass::encode {
namespace {

constexpr Duration kTriedWithin = std::chrono::seconds(5);

}  // namespace

EncoderTrial::EncoderTrial(const H264Encoder::Settings& settings, const Placement& placed, Instant epoch,
                           GMainContext* context)
    : encoder_(settings, epoch, context,
               {.on_picture = [this](const AccessUnit& /*picture*/) { works_ = true; },
                .on_failed = [this](const std::string& /*why*/) { has_failed_ = true; }}) {
  PictureConverter converter(placed.whole, format_of(*settings.input),
                             colour_matrix(settings.encoder->tells_colours, placed.whole), placed.content);
  const auto dark = converter.blank();
  if (!dark) throw StartupError(dark.error());
  const gst::Owned<GstCaps> caps(gst_video_info_to_caps(&converter.output()));
  if (encoder_.force_keyframe()) encoder_.push(dark->get(), caps.get(), Clock::now());
}

EncoderTrial::State EncoderTrial::state(Instant now) const {
  if (has_failed_) return State::kFailed;
  if (works_) return State::kWorks;
  return now - began_ < kTriedWithin ? State::kRuns : State::kFailed;
}

}  // namespace pixelpass::encode
