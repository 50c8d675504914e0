#include "pixelpass/capture/card_picture.hpp"

#include "capture/lock_card.hpp"
#include "capture/pause_card.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pixelpass::capture {
namespace {

constexpr int kUsualWidth = 1280;
constexpr int kUsualHeight = 720;

void draw(Card card, const Canvas& canvas) {
  if (card == Card::kLocked) return draw_lock_card(canvas);
  draw_pause_card(canvas);
}

}  // namespace

gst::Owned<GstSample> card_picture(Card card, int width, int height) {
  if (width <= 0 || height <= 0) return card_picture(card, kUsualWidth, kUsualHeight);
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const gst::Owned<GstBuffer> buffer(
      gst_buffer_new_allocate(nullptr, pixels * sizeof(std::uint32_t), nullptr));
  GstMapInfo map;
  if (!buffer || gst_buffer_map(buffer.get(), &map, GST_MAP_WRITE) == FALSE) return nullptr;
  draw(card, {std::span(reinterpret_cast<std::uint32_t*>(map.data), pixels), width, height});
  gst_buffer_unmap(buffer.get(), &map);
  const gst::Owned<GstCaps> caps(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "BGRx", "width",
                                                     G_TYPE_INT, width, "height", G_TYPE_INT, height,
                                                     "framerate", GST_TYPE_FRACTION, 0, 1, nullptr));
  return gst::Owned<GstSample>(gst_sample_new(buffer.get(), caps.get(), nullptr, nullptr));
}

}  // namespace pixelpass::capture
