#pragma once

#include "pixelpass/capture/dma_buf.hpp"
#include "pixelpass/gst/gst.hpp"

#include <string_view>

namespace pixelpass::encode {

/// The DMA-BUFs that a converter imports, by its sink pad's caps. From GStreamer 1.24 on these name each
/// format's layouts ("drm-format"); a driver that draws in one layout alone names only that one. Older
/// versions name formats only, and the driver asks the kernel for a picture's layout, which the kernel knows
/// for pictures that the same driver has drawn.
capture::DmaBufFormats read_import_formats(const GstCaps* sink);

/// The same for the element of this name; empty: there is no such element, or it imports nothing.
capture::DmaBufFormats import_formats(std::string_view converter);

}  // namespace pixelpass::encode
