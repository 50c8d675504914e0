#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/gst.hpp"
#include "pixelpass/media/size.hpp"

#include "encode/picture_turn.hpp"
#include <gst/video/video.h>

#include <optional>

namespace pixelpass::encode {

/// The matrix from RGB to YUV. Always in limited range (16 to 235), from a computer screen's sRGB.
enum class ColourMatrix : std::uint8_t { kBt601, kBt709 };

/// BT.601, which libyuv converts fastest, if the encoder writes the matrix into its stream. If not, the
/// matrix that players assume: BT.709 from 1280 pixels of width or above 576 of height, else BT.601.
ColourMatrix colour_matrix(bool encoder_tells, Size size);

/// The size of the part of a picture that is meant to be seen (GstVideoCropMeta; by default all of it), after
/// turning it upright.
/// Zero: these caps are not of a raw picture.
Size visible_size(GstSample* picture);

/// Converts raw pictures of any format and size to what an encoder takes. The formats that screens use go
/// through libyuv (1080p: 0.5 ms, a tenth of GstVideoConverter's time), the others through GstVideoConverter.
/// Output buffers come from a pool and go back to it: nothing is allocated for a picture.
/// Thread: one at a time.
class PictureConverter {
 public:
  /// `format`: I420 or NV12. `to` is even, and so is `content`, what pictures are scaled to: in the middle,
  /// with black borders; by default there are none. Throws StartupError when its memory cannot be had.
  PictureConverter(Size to, GstVideoFormat format, ColourMatrix matrix, std::optional<Size> content = {});
  ~PictureConverter();
  PictureConverter(const PictureConverter&) = delete;
  PictureConverter& operator=(const PictureConverter&) = delete;

  /// Converts one picture. Strides, offsets and the visible part are the buffer's own. Without scaling, an
  /// odd pixel at the right and the bottom is left out. The output is upright, and always the whole picture.
  /// The error says why this picture cannot be read (fewer bytes than its caps promise, or a GPU's memory,
  /// whose layout is its own) or converted.
  Result<gst::Owned<GstBuffer>> convert(GstSample* picture);
  /// A dark grey picture. It is converted like a screen's, so that it fails where those would.
  Result<gst::Owned<GstBuffer>> blank();

  /// The output's format and colours. No frame rate.
  [[nodiscard]] const GstVideoInfo& output() const { return output_; }

 private:
  struct Planes;
  struct Source;
  struct FreePool {
    void operator()(GstBufferPool* pool) const noexcept;
  };
  struct FreeConverter {
    void operator()(GstVideoConverter* converter) const noexcept { gst_video_converter_free(converter); }
  };

  Result<gst::Owned<GstBuffer>> convert_upright(GstSample* picture);
  Result<gst::Owned<GstBuffer>> convert_turned(GstSample* picture, capture::Orientation orientation);
  [[nodiscard]] GstVideoFrame content_of(const GstVideoFrame& out) const;
  void start_pool();
  Result<void> read_caps(GstCaps* caps);
  Result<gst::Owned<GstBuffer>> take_buffer();
  Result<void> convert_fast(const Source& source, GstVideoFrame& out);
  Result<void> convert_any(const Source& source, GstVideoFrame& out);
  Result<void> make_any(const GstVideoRectangle& visible);
  Planes scratch(Bytes& memory, Size size);
  void paint_borders(GstVideoFrame& out) const;

  const ColourMatrix matrix_;
  const Size content_;
  GstVideoInfo output_{};
  GstVideoRectangle place_{};  ///< of the content in the output; even
  std::unique_ptr<GstBufferPool, FreePool> pool_;
  gst::Owned<GstCaps> input_caps_;  ///< of the last picture
  GstVideoInfo input_{};
  std::unique_ptr<GstVideoConverter, FreeConverter> any_;  ///< for input_ and any_visible_
  GstVideoRectangle any_visible_{};
  Bytes whole_;                              ///< I420 before it is scaled
  Bytes scaled_;                             ///< I420 of the output's size, when that is NV12
  std::unique_ptr<PictureConverter> lying_;  ///< makes I420 of a turned picture, to be turned then
  Bytes turned_;
};

}  // namespace pixelpass::encode
