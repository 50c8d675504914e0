#pragma once

#include "pixelpass/base/token_bucket.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

namespace pixelpass::app {

/// When a keyframe is asked of the encoder, and on whose account: the one place that says so. A keyframe
/// costs all viewers the bits of many pictures.
/// - Viewers wish for a keyframe when they begin in a group that has gone on for a while, and when their
///   player asks for one.
/// - Each viewer's wishes are taken from a bucket of its own: a few at once (a player starts, and is started
///   again), then its share of what all viewers may have. A loud viewer never uses up a quiet one's share.
/// - Newcomers' wishes are taken from a bucket that they all share, too, for their first seconds: who comes
///   again and again under new names gets no more than one who stays.
/// - Engines that the stream is published to ask for nothing, and their audience joins when it likes: while
///   one takes the stream, keyframes come every two seconds, also where nothing moves.
/// - A keyframe that has been asked for serves all who wish for one before it comes.
///
/// Not here: that a picture after a pause is a keyframe (encode::MediaSource::play), and how often they come
/// without being asked for (encode/frame_pacer), which depends on what moves on the screen, not on viewers.
/// Sans-IO. Thread: network.
class KeyframePolicy {
 public:
  /// A newcomer to a group that is older than this is better served by a new keyframe.
  static constexpr Duration kLongGroup = 250ms;
  /// Several joiners at once get one keyframe. A player asks some 200 ms after its viewer has joined, and
  /// waits.
  static constexpr Duration kSpacing = 200ms;
  static constexpr double kBurst = 4;
  /// Of one viewer, at most: as often as a keyframe comes anyway.
  static constexpr double kPerSecond = 0.5;
  /// Of all viewers together, in the long run.
  static constexpr double kAllPerSecond = 1;
  /// For one newcomer: to join, and for its player.
  static constexpr double kNewcomersBurst = 2;
  static constexpr double kNewcomersPerSecond = 0.5;
  static constexpr Duration kNewFor = 10s;
  /// Between keyframes for engines. Longer than what comes by itself while the screen changes, so that none
  /// comes twice.
  static constexpr Duration kPublishedPeriod = 2200ms;
  /// Viewers whose bucket is remembered; the first to come is forgotten first.
  static constexpr std::size_t kRemembered = 1024;

  explicit KeyframePolicy(std::size_t max_viewers);

  void on_wanted(const tunnel::KeyframeWanted& wanted, Instant now);
  /// So many engines are published to. One more begins with a keyframe.
  void on_published(std::size_t engines, Instant now);
  /// One has come, whoever asked for it. One from a machine that is slow comes late, and so does the next.
  void on_keyframe(Instant captured_at, Instant now) { came_ = std::max(captured_at, now); }
  /// The source has been paused: what it begins with again is a keyframe.
  void on_pause() { due_.reset(); }
  /// Whether one is to be made now; says so once.
  bool take(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  [[nodiscard]] std::size_t remembered() const { return viewers_.size(); }

 private:
  struct Viewer {
    TokenBucket bucket;
    Instant since;  ///< first asked
  };

  bool pay(std::uint32_t viewer, Instant now);

  double per_viewer_;  ///< a second
  TokenBucket newcomers_;
  std::map<std::uint32_t, Viewer> viewers_;  ///< by viewer number
  std::optional<Instant> due_;               ///< one is on its way
  Instant last_{};                           ///< asked for
  std::size_t engines_ = 0;
  Instant came_{};  ///< when the last arrived here
};

}  // namespace pixelpass::app
