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

/// What a buffer says about the picture in it.
struct PictureNotes {
  /// When it was drawn, by a clock of the source's choice.
  std::optional<Duration> stamp;
  Orientation orientation;
  PicturePart visible;
};

/// Where the visible pixels lie: bytes from the start of the buffer's memory.
struct PixelRows {
  std::size_t offset = 0;
  std::size_t stride = 0;  ///< from one row to the next
  std::size_t size = 0;    ///< in all; the last row ends where its pixels do

  friend bool operator==(const PixelRows&, const PixelRows&) = default;
};

/// The two read what another process has written, and may write again meanwhile: each value is read once, and
/// nothing is believed that does not fit. Sans-IO.

/// Nullopt: the source itself says that there is no picture in it (a pointer that moved, a picture that was
/// not finished in time).
std::optional<PictureNotes> read_notes(const spa_buffer& buffer, Size whole);

/// For a picture of `whole` pixels in memory that can be read, of `readable` bytes. Nullopt: it is not all
/// there, or has no such part: that of another format's picture, which is larger, while that is agreed on.
std::optional<PixelRows> find_rows(const spa_data& data, std::size_t readable, Size whole,
                                   const PicturePart& part);

}  // namespace pixelpass::capture
