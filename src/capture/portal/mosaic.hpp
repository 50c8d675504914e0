#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/gst.hpp"

#include "capture/portal/pointer_note.hpp"
#include "capture/portal/side_by_side.hpp"
#include "capture/portal/tile_painter.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::capture {

/// Puts pictures of several sources side by side into one, and draws pointers over them where the sources
/// only describe those. Keeps the newest picture of each source, and gives copies. Reads no clock. Thread:
/// one at a time.
class Mosaic {
 public:
  struct Picture {
    gst::Owned<GstSample> sample;
    Instant captured_at;
  };

  /// `every`: the least time between two whole pictures.
  Mosaic(std::size_t sources, Duration every);

  /// A source that has given no picture yet will give ones of this size: its place is kept for it, black.
  void expect(std::size_t source, Size size);
  /// A source's picture, in main memory, four bytes a pixel.
  void put(std::size_t source, gst::Owned<GstSample> picture, Instant captured_at, Instant now);
  /// A source's pointer is there now, and looks like this. It is drawn as an arrow until its first image
  /// comes.
  void point(std::size_t source, PointerNote note, Instant now);
  /// The source gives no more pictures: the others take its place.
  void forget(std::size_t source, Instant now);

  /// Shows this source alone from now on; nullopt: all of them; a place beyond them: none.
  void show(std::optional<std::size_t> alone, Instant now);

  /// A whole picture, if something has changed and enough time has passed. The first one comes when all
  /// sources have given a picture, or some have and the others do not for a while.
  std::optional<Picture> poll(Instant now);
  /// When to call poll() again; nullopt: nothing has changed.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

 private:
  struct Tile {
    gst::Owned<GstSample> picture;
    Size size;
    bool is_awaited = true;  ///< its first picture
    PointerNote pointer;     ///< with its image, once that was told
  };
  struct FreePool {
    void operator()(GstBufferPool* pool) const noexcept;
  };

  void change(Instant now);
  [[nodiscard]] bool awaits_any() const;
  [[nodiscard]] bool is_shown(std::size_t source) const { return !alone_ || *alone_ == source; }
  void lay_out();
  gst::Owned<GstSample> paint();
  void paint_source(std::size_t source, const MosaicCanvas& canvas) const;

  const Duration every_;
  std::vector<Tile> tiles_;
  std::optional<std::size_t> alone_;
  std::optional<Instant> changed_at_;  ///< since the last whole picture
  std::optional<Instant> given_at_;    ///< the last one
  Instant captured_at_;                ///< the newest part
  SideBySide laid_;
  std::unique_ptr<GstBufferPool, FreePool> pool_;  ///< of laid_.whole
  gst::Owned<GstCaps> caps_;
};

}  // namespace pixelpass::capture
