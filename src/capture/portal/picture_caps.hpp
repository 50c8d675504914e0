#pragma once

#include "pixelpass/gst/gst.hpp"

#include "capture/portal/stream_format.hpp"

#include <optional>

namespace pixelpass::capture {

/// What a version of GStreamer makes of DMA-BUFs that it imports.
struct DmaBufRules {
  /// A format goes by the kernel's name for it and its layout ("drm-format"): from 1.24 on.
  bool names_by_drm = true;
  /// Where its rows begin and how long they are is taken from the picture (GstVideoMeta). From 1.24.0 to
  /// 1.24.5 (Ubuntu 24.04 has 1.24.2) gstvabase.c forgets that on its way to the driver, which reads rows as
  /// long as the picture is wide: any other picture would be seen slanted.
  bool reads_rows = true;

  friend bool operator==(const DmaBufRules&, const DmaBufRules&) = default;
};
DmaBufRules dma_buf_rules(unsigned major, unsigned minor, unsigned micro);
/// Of the version that runs.
DmaBufRules dma_buf_rules();

/// The caps of a stream's pictures, made anew only when their size changes.
class PictureCaps {
 public:
  /// `import`: they come to be imported so; nullopt: to be read.
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
