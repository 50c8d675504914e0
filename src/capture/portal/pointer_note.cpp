#include "capture/portal/pointer_note.hpp"

#include <spa/buffer/meta.h>
#include <spa/param/video/raw.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace pixelpass::capture {
namespace {

using Memory = std::span<const std::uint8_t>;

/// Where each colour's byte lies in a pixel.
struct ByteOrder {
  std::uint32_t format;  ///< enum spa_video_format
  std::size_t red, green, blue, alpha;
};
/// Compositors use the first order.
constexpr std::array<ByteOrder, 4> kOrders{{
    {SPA_VIDEO_FORMAT_RGBA, 0, 1, 2, 3},
    {SPA_VIDEO_FORMAT_BGRA, 2, 1, 0, 3},
    {SPA_VIDEO_FORMAT_ARGB, 1, 2, 3, 0},
    {SPA_VIDEO_FORMAT_ABGR, 3, 2, 1, 0},
}};
constexpr std::size_t kBytes = 4;

/// Coordinates beyond any screen are cut to this, so that sums cannot overflow.
constexpr int kFar = 1'000'000;

Point point_of(const spa_point& point) {
  return {std::clamp(point.x, -kFar, kFar), std::clamp(point.y, -kFar, kFar)};
}

/// A copy of the structure at the start of the memory.
template <class T>
std::optional<T> first_of(Memory memory) {
  if (memory.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, memory.data(), sizeof value);
  return value;
}

Memory from(Memory memory, std::size_t offset) {
  return memory.subspan(std::min(offset, memory.size()));
}

std::uint32_t pixel_of(Memory bytes, const ByteOrder& order) {
  const auto at = [bytes](std::size_t place, unsigned shift) { return std::uint32_t{bytes[place]} << shift; };
  return at(order.alpha, 24) | at(order.red, 16) | at(order.green, 8) | at(order.blue, 0);
}

std::optional<PointerImage> read_pixels(Memory memory, const spa_meta_bitmap& bitmap,
                                        const ByteOrder& order) {
  constexpr auto kMost = static_cast<std::uint32_t>(kLongestPointer);
  if (bitmap.size.width > kMost || bitmap.size.height > kMost || bitmap.stride <= 0) return std::nullopt;
  const std::size_t row = bitmap.size.width * kBytes;
  const auto stride = static_cast<std::size_t>(bitmap.stride);
  if (stride < row || memory.size() < stride * (bitmap.size.height - 1) + row) return std::nullopt;
  PointerImage image{static_cast<int>(bitmap.size.width), static_cast<int>(bitmap.size.height), {}, {}};
  image.pixels.reserve(std::size_t{bitmap.size.width} * bitmap.size.height);
  for (std::size_t y = 0; y < bitmap.size.height; ++y)
    for (std::size_t x = 0; x < bitmap.size.width; ++x)
      image.pixels.push_back(pixel_of(memory.subspan(y * stride + x * kBytes, kBytes), order));
  return image;
}

std::optional<PointerImage> read_image(Memory memory) {
  const auto bitmap = first_of<spa_meta_bitmap>(memory);
  if (!bitmap) return std::nullopt;
  // The pointer is there, but invisible.
  if (bitmap->offset == 0 || bitmap->size.width == 0 || bitmap->size.height == 0) return PointerImage{};
  const auto* const order = std::ranges::find(kOrders, bitmap->format, &ByteOrder::format);
  if (order == kOrders.end() || bitmap->offset < sizeof(spa_meta_bitmap)) return std::nullopt;
  return read_pixels(from(memory, bitmap->offset), *bitmap, *order);
}

}  // namespace

std::size_t pointer_note_bytes(int side) {
  const auto pixels = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  return sizeof(spa_meta_cursor) + sizeof(spa_meta_bitmap) + pixels * kBytes;
}

std::optional<PointerNote> read_pointer(const spa_buffer& buffer) {
  const spa_meta* meta = spa_buffer_find_meta(&buffer, SPA_META_Cursor);
  if (meta == nullptr || meta->data == nullptr) return std::nullopt;
  const Memory memory(static_cast<const std::uint8_t*>(meta->data), meta->size);
  const auto cursor = first_of<spa_meta_cursor>(memory);
  if (!cursor) return std::nullopt;
  // In PipeWire, id 0 means "no news"; mutter and KWin write it for a pointer that is hidden or elsewhere.
  if (cursor->id == 0) return PointerNote{};
  PointerNote note{true, point_of(cursor->position), std::nullopt};
  if (cursor->bitmap_offset < sizeof(spa_meta_cursor)) return note;
  note.image = read_image(from(memory, cursor->bitmap_offset));
  if (note.image) note.image->hot = point_of(cursor->hotspot);
  return note;
}

}  // namespace pixelpass::capture
