#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include <vector>

namespace pixelpass::encode {

/// Which of a stream's audio tracks is decoded: the first that can be, as far as that is known. One that has
/// failed is tried again after a pause that grows with each failure, if there is no other. Sans-IO. Thread:
/// its owner's.
class AudioTrackChoice {
 public:
  /// The tracks of a kind that is decoded here. What could not be decoded of others says nothing of these.
  void set_tracks(std::vector<mpegts::ElementaryTrack> tracks);
  /// The track to decode; null: there is none, or none yet again. `playing`: the one that is decoded at
  /// present, or null; no other one that has failed is tried in its place.
  [[nodiscard]] const mpegts::ElementaryTrack* choose(Instant now,
                                                      const mpegts::ElementaryTrack* playing) const;
  /// Returns whether there is another one that has not failed.
  bool on_failed(const mpegts::ElementaryTrack& track, Instant now);

 private:
  struct Failed {
    mpegts::ElementaryTrack track;
    Backoff pause;
    Instant retry_at{};
  };
  [[nodiscard]] const Failed* failed(const mpegts::ElementaryTrack& track) const;

  std::vector<mpegts::ElementaryTrack> tracks_;
  std::vector<Failed> failed_;  ///< of these
};

}  // namespace pixelpass::encode
