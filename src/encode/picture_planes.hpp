#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/gst.hpp"

#include "encode/picture_converter.hpp"
#include <gst/video/video.h>

#include <cstdint>
#include <string>

namespace pixelpass::encode {

/// A picture's mapped memory, for as long as this lives.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : mapped_(gst_video_frame_map(&frame_, &info, buffer, flags) != FALSE) {}
  ~MappedFrame() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  explicit operator bool() const { return mapped_; }
  GstVideoFrame& operator*() { return frame_; }
  GstVideoFrame* operator->() { return &frame_; }

 private:
  GstVideoFrame frame_{};
  bool mapped_;
};

inline std::uint8_t* plane(const GstVideoFrame& frame, guint index) {
  return static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, index));
}

struct PictureConverter::Source {
  GstVideoFrame& frame;
  GstVideoRectangle visible;
};

/// A libyuv function. libyuv names formats from the highest byte of a word: its ARGB is BGRA in memory.
using ToI420 = int (*)(const std::uint8_t* from, int from_stride, std::uint8_t* y, int y_stride,
                       std::uint8_t* u, int u_stride, std::uint8_t* v, int v_stride, int width, int height);
/// libyuv's converter for this format; null: there is none.
ToI420 fast_path(GstVideoFormat format);

inline Error cannot_convert(const std::string& why) {
  return {"a picture cannot be converted for the encoder: " + why,
          "share another screen or window, or try another --encoder"};
}

inline std::string text_of(GstCaps* caps) {
  const gst::Owned<gchar> text(gst_caps_to_string(caps));
  return text.get();
}

}  // namespace pixelpass::encode
