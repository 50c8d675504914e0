#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/capture/orientation.hpp"
#include "pixelpass/media/size.hpp"

#include <gst/video/video.h>

#include <string>
#include <string_view>

namespace pixelpass::encode {

/// The size of a picture once it is upright.
Size upright(Size lying, capture::Orientation orientation);

/// Writes the upright picture. `lying`: I420; `upright`: I420 or NV12, of the size that upright() says. All
/// sides are even. `scratch` is used for NV12, and kept by the caller so that it is allocated once. False:
/// the sizes are not those.
bool turn_picture(const GstVideoFrame& lying, capture::Orientation orientation, GstVideoFrame& upright,
                  Bytes& scratch);

/// Makes an element turn pictures that lie like this (its property "video-direction"). To be called in state
/// READY or later, since only an open driver knows what it can do. False: it cannot.
bool set_direction(GstElement* converter, capture::Orientation orientation);

/// Whether an element of this name can turn pictures here. Opens and closes its driver.
bool can_turn(std::string_view converter, capture::Orientation orientation);

}  // namespace pixelpass::encode
