#pragma once

#include "capture/pointer_image.hpp"
#include <spa/buffer/buffer.h>

#include <cstddef>
#include <optional>

namespace pixelpass::capture {

/// What a buffer says about a mouse pointer that is not drawn into the pictures (SPA_META_Cursor).
struct PointerNote {
  bool visible = false;
  Point at;                           ///< the pixel that it points at, in the picture as it lies in memory
  std::optional<PointerImage> image;  ///< lies as the picture does; nullopt: it looks as before
};

/// In pixels. Larger ones are not looked at.
inline constexpr int kLongestPointer = 1024;

/// What the metadata of a pointer of this size needs.
std::size_t pointer_note_bytes(int side);

/// Nullopt: it says nothing. Another process has written it, and may write again meanwhile: each value is
/// read once, and what does not fit into the metadata's memory is not read at all. Sans-IO.
std::optional<PointerNote> read_pointer(const spa_buffer& buffer);

}  // namespace pixelpass::capture
