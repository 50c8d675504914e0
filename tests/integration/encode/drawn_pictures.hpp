#pragma once

#include "pixelpass/capture/dma_buf.hpp"
#include "pixelpass/gst/glib.hpp"

#include <gst/allocators/gstdmabuf.h>
#include <gst/video/video.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::encode::test {

/// Grey pictures as a GPU draws them, to be imported: memfds in the place of DMA-BUFs. Outlives them.
class DrawnPictures {
 public:
  static constexpr int kWidth = 320;
  static constexpr int kHeight = 240;
  static constexpr int kStride = kWidth * 4 + 256;
  static constexpr std::size_t kOffset = 4096;

  gst::Owned<GstSample> draw(std::uint64_t layout, std::uint8_t grey = 128) {
    const gst::Owned<GstBuffer> buffer(gst_buffer_new());
    gst_buffer_append_memory(buffer.get(), make_memory(grey));
    std::array<gsize, GST_VIDEO_MAX_PLANES> offsets{kOffset};
    std::array<gint, GST_VIDEO_MAX_PLANES> strides{kStride};
    gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_BGRx, kWidth,
                                   kHeight, 1, offsets.data(), strides.data());
    ++held_;
    gst_mini_object_weak_ref(
        GST_MINI_OBJECT_CAST(buffer.get()),
        [](gpointer held, GstMiniObject*) { --*static_cast<std::atomic<int>*>(held); }, &held_);
    const gst::Owned<GstCaps> caps(gst_caps_from_string(caps_text(layout).c_str()));
    const gst::Owned<GstSample> sample(gst_sample_new(buffer.get(), caps.get(), nullptr, nullptr));
    return capture::with_layout(sample.get(), layout);
  }
  /// That somebody has.
  [[nodiscard]] int held() const { return held_; }

 private:
  static std::string caps_text(std::uint64_t layout) {
    guint major = 0;
    guint minor = 0;
    guint micro = 0;
    guint nano = 0;
    gst_version(&major, &minor, &micro, &nano);
    const std::string drm = layout == capture::kLinear ? "XR24" : "XR24:0x0100000000000002";
    return "video/x-raw(memory:DMABuf),width=320,height=240,framerate=0/1,pixel-aspect-ratio=1/1,format=" +
           (minor >= 24 ? "DMA_DRM,drm-format=(string)" + drm : "BGRx");
  }
  static GstMemory* make_memory(std::uint8_t grey) {
    constexpr std::size_t kBytes = kOffset + std::size_t{kStride} * kHeight;
    const int fd = memfd_create("drawn", MFD_CLOEXEC);
    const std::vector<std::uint8_t> pixels(kBytes, grey);
    if (write(fd, pixels.data(), kBytes) != static_cast<ssize_t>(kBytes)) return nullptr;
    const gst::Object<GstAllocator> allocator(gst_dmabuf_allocator_new());
    return gst_dmabuf_allocator_alloc(allocator.get(), fd, kBytes);
  }

  std::atomic<int> held_ = 0;
};

}  // namespace pixelpass::encode::test
