#pragma once

#include "pixelpass/base/token_bucket.hpp"
#include "pixelpass/encode/keyframe_interval.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

namespace pixelpass::app {

/// Decides when the encoder is asked for a keyframe, and on whose behalf. A keyframe costs all viewers the
/// bits of many pictures.
/// - Viewers ask for one when they begin in a group that has gone on for a while, and when their player asks.
/// - Each viewer has a bucket of its own: a few requests at once (a player starts, and is started again), and
///   then its share of what all viewers may have. A loud viewer never uses up a quiet one's share.
/// - Newcomers share one more bucket for their first seconds: a viewer that comes again and again under new
///   names gets no more than one that stays.
/// - Engines that the stream is published to ask for nothing, and their audience joins at any time: while one
///   takes the stream, keyframes come every two seconds, also where nothing moves.
/// - A keyframe that has been asked for serves everybody who asks before it comes.
///
/// All other times that concern keyframes are with the parts that they belong to:
/// - encode::MediaSource::play: the first picture after a pause is a keyframe, or nobody could begin with it.
/// - encode/keyframe_interval and encode/frame_pacer: keyframes that nobody asked for come by
///   what moves on the screen (2 s, still 5 min), not by the viewers.
/// - encode/h264_encoder, kMostSecondsPerGroup (10 min): the encoder's own limit, a safety net beyond these.
/// - playback/receiver, kYoungGroup (150 ms): whether a viewer asks for a player that begins; the delay
///   is the player's, which the host does not know.
/// - playback/http_connection, kFreshGroupTime (400 ms): how long that player waits for what was asked for.
/// - web/media_sender, kAskAgain (1 s): how soon a browser's sender asks again while it has nothing that can
///   be decoded; the request may have been refused here.
/// Sans-IO. Thread: network.
class KeyframePolicy {
 public:
  /// A newcomer to a group that is older than this is better served by a new keyframe.
  static constexpr Duration kLongGroup = 250ms;
  /// Several joiners at once get one keyframe. A player asks some 200 ms after its viewer has joined, and
  /// waits.
  static constexpr Duration kSpacing = 200ms;
  static constexpr double kBurst = 4;
  /// The rate for one viewer: as often as keyframes come anyway while the picture moves.
  static constexpr double kPerSecond = 0.5;
  /// The rate for all viewers together, in the long run.
  static constexpr double kAllPerSecond = 1;
  /// Enough for one newcomer: to join, and for its player.
  static constexpr double kNewcomersBurst = 2;
  static constexpr double kNewcomersPerSecond = 0.5;
  static constexpr Duration kNewFor = 10s;
  /// The interval of keyframes for engines: longer than that of those which come by themselves while the
  /// picture moves, so that none is made twice.
  static constexpr Duration kPublishedPeriod = encode::kKeyframeInterval + 200ms;
  /// The most viewers whose bucket is remembered; the first to come is forgotten first.
  static constexpr std::size_t kRemembered = 1024;

  explicit KeyframePolicy(std::size_t max_viewers);

  void on_wanted(const tunnel::KeyframeWanted& wanted, Instant now);
  /// The number of engines that take the stream. Another one begins with a keyframe.
  void on_published(std::size_t engines, Instant now);
  /// A keyframe has come, whoever asked for it. On a slow machine it comes late, and so does the next.
  void on_keyframe(Instant captured_at, Instant now) { came_ = std::max(captured_at, now); }
  /// The source has been paused: it begins again with a keyframe.
  void on_pause() { due_.reset(); }
  /// Whether a keyframe is to be made now; true only once.
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
