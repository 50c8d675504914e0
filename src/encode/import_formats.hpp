#pragma once

#include "pixelpass/capture/dma_buf.hpp"
#include "pixelpass/gst/gst.hpp"

#include <string_view>

namespace pixelpass::encode {

/// DMA-BUFs that a converter imports, as its sink pad's caps tell. From GStreamer 1.24 on they name each
/// format's layouts ("drm-format"), and where a driver lays its pictures out in one way alone, that is the
/// only one. Before, they name formats, and the driver asks the kernel how a picture lies, which knows it of
/// any that the same driver has drawn.
capture::DmaBufFormats read_import_formats(const GstCaps* sink);

/// The same of the element of this name; empty: there is none, or it imports nothing.
capture::DmaBufFormats import_formats(std::string_view converter);

}  // namespace pixelpass::encode
