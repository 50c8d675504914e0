#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/wire/control.hpp"

#include "tunnel/media_watch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pixelpass::tunnel {

/// Whether the viewer's active link still brings what it should, and when it is pinged. Sans-IO. Thread:
/// network.
class LinkWatch {
 public:
  explicit LinkWatch(Instant now) : live_at_(now), next_ping_(now) {}

  /// A link is watched over from now on, or is back.
  void begin(Instant now);
  /// The host is looked for anew. A link that is still there is pinged faster, since it may come back.
  void end();

  /// With a spare, a link that falls silent is noticed sooner, and pinged more often for it.
  void set_spare(bool has_spare, Duration round_trip, Instant now);

  /// Bytes of some group have come, over any link.
  void on_media_bytes() { media_.on_bytes(); }
  void on_frame(std::uint64_t group, std::size_t index, bool over_active_link, Instant now);
  /// Over the active link. Returns whether no media is missing.
  bool on_pong(const std::optional<wire::MediaPosition>& newest, Instant now);

  /// Why the host is to be looked for anew, in words for people; nullptr while all is well.
  [[nodiscard]] const char* complaint(Instant now) const;
  /// True: the active link is to be pinged now. Asked again at the next time.
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
