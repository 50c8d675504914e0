#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/wire/control.hpp"

#include "tunnel/media_watch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pixelpass::tunnel {

/// Watches whether the viewer's active link still brings what it should, and decides when it is pinged.
/// Sans-IO. Thread: network.
class LinkWatch {
 public:
  explicit LinkWatch(Instant now) : live_at_(now), next_ping_(now) {}

  /// Begins to watch a link: a new one, or one that is back.
  void begin(Instant now);
  /// Ends: the host is looked for again. A link that still exists is pinged faster, since it may come back.
  void end();

  /// With a spare, a silent link is noticed sooner, and pinged more often for that.
  void set_spare(bool has_spare, Duration round_trip, Instant now);

  /// Bytes of a group have come, over any link.
  void on_media_bytes() { media_.on_bytes(); }
  void on_frame(std::uint64_t group, std::size_t index, bool over_active_link, Instant now);
  /// A pong has come over the active link. Returns whether no media is missing.
  bool on_pong(const std::optional<wire::MediaPosition>& newest, Instant now);

  /// Why the host has to be looked for again, in words for people; nullptr while all is well.
  [[nodiscard]] const char* complaint(Instant now) const;
  /// Whether the active link is to be pinged now. To be asked again at the next timeout.
  bool take_ping(Instant now);
  /// Whether the active link may still bring the rest of a group.
  [[nodiscard]] bool brings_media(Instant now) const;
  [[nodiscard]] Instant next_timeout() const;

 private:
  [[nodiscard]] Instant silence_at() const;

  bool watching_ = false;
  Instant media_at_{};  ///< a frame came over the active link
  Instant live_at_;     ///< a frame or a pong did
  Instant next_ping_;
  int pings_ = 0;  ///< since begin
  bool has_spare_ = false;
  Duration round_trip_{};
  MediaWatch media_;
};

}  // namespace pixelpass::tunnel
