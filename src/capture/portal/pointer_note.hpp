#pragma once

#include "capture/pointer_image.hpp"
#include <spa/buffer/buffer.h>

#include <cstddef>
#include <optional>

namespace pixelpass::capture {

/// A buffer's metadata about a mouse pointer that is not drawn into the pictures (SPA_META_Cursor).
struct PointerNote {
  bool visible = false;
  Point at;                           ///< the pixel that it points at, in the picture as it lies in memory
  std::optional<PointerImage> image;  ///< lies as the picture does; nullopt: it looks as before
};

/// The longest side of a pointer image that is read, in pixels.
inline constexpr int kLongestPointer = 1024;

/// The size of the metadata for a pointer of this size.
std::size_t pointer_note_bytes(int side);

/// The pointer; nullopt: the buffer says nothing. Another process has written it, and may overwrite it at any
/// time: each value is read once, and nothing outside the metadata's memory is read. Sans-IO.
std::optional<PointerNote> read_pointer(const spa_buffer& buffer);

}  // namespace pixelpass::capture
