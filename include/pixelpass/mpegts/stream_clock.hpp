#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/media/frame.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <optional>

namespace pixelpass::mpegts {

/// Where the stream's live edge is: the newest time stamp that has come, carried on by the clock between two
/// pictures. Video's, or any track's while no video has come. Sans-IO. Thread: network.
class StreamClock {
 public:
  /// Takes frames in the order in which players get them.
  void on_frame(const Frame& frame, Instant now);
  [[nodiscard]] std::optional<Ticks> newest() const { return newest_; }
  /// The newest time stamp of sound; nullopt while none has come.
  [[nodiscard]] std::optional<Ticks> newest_audio() const { return newest_audio_; }
  /// Nullopt before the first time stamp. Stands still when nothing comes for longer than a few pictures.
  [[nodiscard]] std::optional<Ticks> live_edge(Instant now) const;

 private:
  void on_pts(Ticks pts, Instant now);

  std::optional<Ticks> newest_;
  std::optional<Ticks> newest_audio_;
  Instant newest_at_;
  bool video_ = false;  ///< has come
};

}  // namespace pixelpass::mpegts
