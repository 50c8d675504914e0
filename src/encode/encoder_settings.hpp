#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/gst/gst.hpp"

#include "encode/placement.hpp"
#include <gst/video/video-format.h>

namespace pixelpass::encode {

/// Sets all properties of the encoder's table on an element of its kind that has not been started. An error:
/// a required property or value is missing (an older plugin, a driver that cannot); `what` names it.
Result<void> configure_encoder(GstElement* element, const VideoEncoder& encoder, int frames_per_group,
                               std::int64_t bits_per_second);

/// Sets those of an audio encoder's table; the error likewise.
Result<void> configure_encoder(GstElement* element, const AudioEncoder& encoder);

/// A new element named `name`, configured for video as above (floating references are sunk).
Result<gst::Owned<GstElement>> make_video_encoder(const VideoEncoder& encoder, const char* name,
                                                  int frames_per_group, std::int64_t bits_per_second);

/// Changes the bitrate, at any time. False: this version of the element applies it only when it is restarted
/// (state READY and back).
bool set_encoder_bitrate(GstElement* element, const VideoEncoder& encoder, std::int64_t bits_per_second);

/// Of what goes into the encoder.
GstVideoFormat format_of(const EncoderInput& input);

/// The sizes that this element takes on this machine, by its pad; where that says nothing, what encoders and
/// decoders can be expected to take.
SizeLimits size_limits(const VideoEncoder& encoder);

}  // namespace pixelpass::encode
