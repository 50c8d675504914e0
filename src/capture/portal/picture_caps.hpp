#pragma once

#include "pixelpass/gst/gst.hpp"

#include "capture/portal/stream_format.hpp"

#include <optional>

namespace pixelpass::capture {

/// How a version of GStreamer handles DMA-BUFs that it imports.
struct DmaBufRules {
  /// Caps name a format by the kernel's code and the layout ("drm-format"): since 1.24.
  bool names_by_drm = true;
  /// The rows' offset and stride are taken from the picture (GstVideoMeta). From 1.24.0 to 1.24.5 (Ubuntu
  /// 24.04 has 1.24.2) gstvabase.c does not pass them to the driver, which assumes rows as long as the
  /// picture is wide: any other picture would look slanted.
  bool reads_rows = true;

  friend bool operator==(const DmaBufRules&, const DmaBufRules&) = default;
};
DmaBufRules dma_buf_rules(unsigned major, unsigned minor, unsigned micro);
/// The rules of the version that runs.
DmaBufRules dma_buf_rules();

/// The caps of a stream's pictures, made anew only when their size changes.
class PictureCaps {
 public:
  /// `import`: how the pictures are imported; nullopt: they are read.
  explicit PictureCaps(const StreamFormat& format, std::optional<DmaBufRules> import = std::nullopt)
      : format_(format), import_(import) {}

  GstCaps* of(Size size);

 private:
  [[nodiscard]] GstCaps* make(Size size) const;

  const StreamFormat format_;
  const std::optional<DmaBufRules> import_;
  gst::Owned<GstCaps> caps_;
  Size size_;
};

}  // namespace pixelpass::capture
