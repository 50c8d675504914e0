#include "picture_stream_fixture.hpp"

#include <gst/video/video.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace pixelpass::capture::test {
namespace {

/// Every pixel, as the converter reads them.
void read_pixels(GstSample* sample, Seen& seen) {
  GstVideoInfo info;
  GstVideoFrame frame;
  ASSERT_TRUE(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
  ASSERT_TRUE(gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ));
  const auto* first = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const auto pixel_at = [&](int x, int y) {
    std::uint32_t pixel = 0;
    const auto row = std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
    std::memcpy(&pixel, first + row + std::ptrdiff_t{x} * 4, sizeof pixel);
    return pixel;
  };
  seen.pixel = pixel_at(0, 0);
  seen.whole = true;
  for (int y = 0; y < seen.size.height; ++y)
    for (int x = 0; x < seen.size.width; ++x) seen.whole &= pixel_at(x, y) == seen.pixel;
  gst_video_frame_unmap(&frame);
}

}  // namespace

Descriptor open_remote() {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = std::string(std::getenv("XDG_RUNTIME_DIR")) + "/pipewire-0";
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
  return Descriptor(fd);
}

Seen look_at(GstSample* sample) {
  Seen seen;
  GstCaps* caps = gst_sample_get_caps(sample);
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  gst_structure_get_int(fields, "width", &seen.size.width);
  gst_structure_get_int(fields, "height", &seen.size.height);
  seen.orientation = orientation_of(sample);
  const gst::Owned<gchar> text(gst_caps_to_string(caps));
  seen.caps = text.get();
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (const auto* part = gst_buffer_get_video_crop_meta(buffer))
    seen.crop = PicturePart{static_cast<int>(part->x),
                            static_cast<int>(part->y),
                            {static_cast<int>(part->width), static_cast<int>(part->height)}};
  seen.layout = layout_of(sample);
  if (const auto* meta = gst_buffer_get_video_meta(buffer)) {
    seen.offset = meta->offset[0];
    seen.stride = meta->stride[0];
  }
  seen.dma_buf = gst_memory_is_type(gst_buffer_peek_memory(buffer, 0), "dmabuf") != FALSE;
  if (seen.caps.find("memory:DMABuf") == std::string::npos) read_pixels(sample, seen);
  return seen;
}

std::optional<Seen> show_in_size(ScreenProducer& screen, StreamViewer& viewer, std::uint32_t pixel,
                                 Size size) {
  std::optional<Seen> seen;
  const bool shown = viewer.wait_until([&] {
    if (screen.draw(pixel)) seen = viewer.wait_for(pixel, 20ms);
    return seen && seen->size == size;
  });
  return shown ? seen : std::nullopt;
}

}  // namespace pixelpass::capture::test
