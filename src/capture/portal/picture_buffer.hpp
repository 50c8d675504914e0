#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/capture/orientation.hpp"
#include "pixelpass/media/size.hpp"

#include <spa/buffer/buffer.h>

#include <cstddef>
#include <optional>

namespace pixelpass::capture {

/// A part of a picture, in pixels from its top left corner.
struct PicturePart {
  int x = 0;
  int y = 0;
  Size size;

  friend bool operator==(const PicturePart&, const PicturePart&) = default;
};

/// A buffer's metadata about its picture.
struct PictureNotes {
  /// When the picture was drawn, by a clock of the source's choice.
  std::optional<Duration> stamp;
  Orientation orientation;
  PicturePart visible;
};

/// Where the visible pixels lie, in bytes from the start of the buffer's memory.
struct PixelRows {
  std::size_t offset = 0;
  std::size_t stride = 0;  ///< from one row to the next
  std::size_t size = 0;    ///< in all; the last row ends where its pixels do

  friend bool operator==(const PixelRows&, const PixelRows&) = default;
};

/// These two read what another process has written, and may overwrite at any time: each value is read once,
/// and used only if it fits. Sans-IO.

/// The metadata. Nullopt: the source says that the buffer has no picture (a pointer that moved, a picture
/// that was not finished in time).
std::optional<PictureNotes> read_notes(const spa_buffer& buffer, Size whole);

/// The rows of a picture of `whole` pixels in readable memory of `readable` bytes. Nullopt: they are not all
/// there, or the part lies outside: that is a larger picture of another format, while the formats change.
std::optional<PixelRows> find_rows(const spa_data& data, std::size_t readable, Size whole,
                                   const PicturePart& part);

}  // namespace pixelpass::capture
