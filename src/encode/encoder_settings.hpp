#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/gst/gst.hpp"

#include "encode/placement.hpp"

namespace pixelpass::encode {

/// Sets all of the encoder's table on an element of its kind that has not been started. An error: a required
/// property or value is not there (an older plugin, a driver that cannot); `what` names it.
Result<void> configure_encoder(GstElement* element, const VideoEncoder& encoder, int frames_per_group,
                               std::int64_t bits_per_second);

/// The table of an encoder of sound; the error likewise.
Result<void> configure_encoder(GstElement* element, const AudioEncoder& encoder);

/// The first on a new element named `name` (floating references are sunk).
Result<gst::Owned<GstElement>> make_video_encoder(const VideoEncoder& encoder, const char* name,
                                                  int frames_per_group, std::int64_t bits_per_second);

/// Another bitrate, at any time. False: this version of the element takes it over only when it is started
/// anew (state READY and back).
bool set_encoder_bitrate(GstElement* element, const VideoEncoder& encoder, std::int64_t bits_per_second);

/// The sizes that this element takes on this machine, by its pad; what an encoder and a decoder can be
/// expected to take where it says nothing.
SizeLimits size_limits(const VideoEncoder& encoder);

}  // namespace pixelpass::encode
