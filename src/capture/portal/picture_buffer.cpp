#include "capture/portal/picture_buffer.hpp"

#include "capture/portal/stream_format.hpp"
#include <spa/buffer/meta.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace pixelpass::capture {
namespace {

/// Orientations by enum spa_meta_videotransform_value. That says how far the source has turned the picture
/// counter-clockwise, so we turn it as far clockwise. A picture that was mirrored before it was turned would
/// have to be mirrored after turning back; our Orientation mirrors first, so its quarter turns go the other
/// way.
constexpr std::array<Orientation, 8> kTransforms{
    {{false, 0}, {false, 1}, {false, 2}, {false, 3}, {true, 0}, {true, 3}, {true, 2}, {true, 1}}};

/// The metadata, copied, since the source may write to it meanwhile.
template <class Meta>
std::optional<Meta> find_meta(const spa_buffer& buffer, std::uint32_t type) {
  const void* found = spa_buffer_find_meta_data(&buffer, type, sizeof(Meta));
  if (found == nullptr) return std::nullopt;
  Meta meta;
  std::memcpy(&meta, found, sizeof meta);
  return meta;
}

std::optional<spa_chunk> chunk_of(const spa_data& data) {
  if (data.chunk == nullptr) return std::nullopt;
  spa_chunk chunk;
  std::memcpy(&chunk, data.chunk, sizeof chunk);
  return chunk;
}

bool has_picture(const spa_buffer& buffer) {
  if (buffer.n_datas == 0 || buffer.datas == nullptr) return false;
  const auto chunk = chunk_of(buffer.datas[0]);
  constexpr auto kNoPicture = SPA_CHUNK_FLAG_CORRUPTED | SPA_CHUNK_FLAG_EMPTY;
  if (!chunk || (static_cast<std::uint32_t>(chunk->flags) & kNoPicture) != 0) return false;
  // By "Size of DMA-BUFs" in PipeWire's manual a source may leave this size at zero.
  return chunk->size > 0 || buffer.datas[0].type == SPA_DATA_DmaBuf;
}

/// The part of a larger picture that the window fills. A part without size means nothing, nor does one of a
/// single pixel: for a window made of surfaces over such a pixel (GStreamer's, mpv's with DMA-BUFs) mutter 48
/// tells that pixel's size alone.
PicturePart visible_part(const spa_buffer& buffer, Size whole) {
  const PicturePart all{0, 0, whole};
  const auto crop = find_meta<spa_meta_region>(buffer, SPA_META_VideoCrop);
  if (!crop) return all;
  const std::int64_t left = crop->region.position.x;
  const std::int64_t top = crop->region.position.y;
  const auto clip = [](std::int64_t at, int most) {
    return static_cast<int>(std::clamp<std::int64_t>(at, 0, most));
  };
  const int x = clip(left, whole.width);
  const int y = clip(top, whole.height);
  const Size size{clip(left + crop->region.size.width, whole.width) - x,
                  clip(top + crop->region.size.height, whole.height) - y};
  const bool says_something = size.width > 0 && size.height > 0 && size != Size{1, 1};
  return says_something ? PicturePart{x, y, size} : all;
}

bool lies_within(const PicturePart& part, Size whole) {
  return part.x >= 0 && part.y >= 0 && part.size.width > 0 && part.size.height > 0 &&
         part.size.width <= whole.width - part.x && part.size.height <= whole.height - part.y;
}

Orientation orientation_in_buffer(const spa_buffer& buffer) {
  const auto meta = find_meta<spa_meta_videotransform>(buffer, SPA_META_VideoTransform);
  return meta && meta->transform < kTransforms.size() ? kTransforms[meta->transform] : Orientation{};
}

}  // namespace

std::optional<PictureNotes> read_notes(const spa_buffer& buffer, Size whole) {
  const auto header = find_meta<spa_meta_header>(buffer, SPA_META_Header);
  const bool corrupted = header && (header->flags & SPA_META_HEADER_FLAG_CORRUPTED) != 0;
  if (corrupted || !has_picture(buffer)) return std::nullopt;
  PictureNotes notes{std::nullopt, orientation_in_buffer(buffer), visible_part(buffer, whole)};
  if (header && header->pts >= 0) notes.stamp = std::chrono::nanoseconds(header->pts);
  return notes;
}

std::optional<PixelRows> find_rows(const spa_data& data, std::size_t readable, Size whole,
                                   const PicturePart& part) {
  const auto chunk = chunk_of(data);
  if (!chunk || chunk->stride < 0 || !lies_within(part, whole)) return std::nullopt;
  const std::size_t row = static_cast<std::size_t>(whole.width) * kPixelBytes;
  const std::size_t stride = chunk->stride > 0 ? static_cast<std::size_t>(chunk->stride) : row;
  const std::size_t needed = stride * static_cast<std::size_t>(whole.height - 1) + row;
  const std::size_t offset = chunk->offset;
  // A DMA-BUF's chunk may have no size; the memory has one.
  const std::size_t given = data.type == SPA_DATA_DmaBuf ? needed : chunk->size;
  if (stride < row || given < needed || offset > readable || readable - offset < needed) return std::nullopt;
  const std::size_t before =
      static_cast<std::size_t>(part.y) * stride + static_cast<std::size_t>(part.x) * kPixelBytes;
  return PixelRows{offset + before, stride,
                   stride * static_cast<std::size_t>(part.size.height - 1) +
                       static_cast<std::size_t>(part.size.width) * kPixelBytes};
}

}  // namespace pixelpass::capture
