#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/web/line_limit.hpp"

#include "app/host/bitrate_law.hpp"
#include "app/host/host_command.hpp"
#include "app/host/left_behind_news.hpp"
#include "app/host/picture_ladder.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pixelpass::app {

/// What is encoded for the viewers' lines: the bitrate that follows them up to the user's (BitrateLaw), what
/// of the picture goes with it (PictureLadder), and who is told that it is too much (LeftBehindNews). Lines
/// are looked at while the source plays. Without a bitrate of ours, or with a fixed one, nothing is followed.
/// Each call says what is to be done now. Sans-IO. Thread: network.
class RateControl {
 public:
  struct Steps {
    std::optional<encode::PictureLimits> limits;
    std::optional<std::int64_t> bits_per_second;  ///< to encode at
    std::vector<LeftBehindNews::Word> words;      ///< for viewers
    std::optional<Notice> notice;
  };

  explicit RateControl(PictureUse use) : use_(use) {}

  /// The source is there, and makes `fps` pictures a second without limits. 0: nobody knows, and the picture
  /// gets none.
  void begin(int fps) { asked_fps_ = fps; }
  /// What the user wants from now on. Says nothing of the bitrate: see bits_per_second().
  Steps follow_up_to(const command::SetBitrate& bitrate, Instant now);
  void on_play(Instant now);
  void on_pause();
  /// The source has described what it makes of the limits.
  void on_described() { limits_are_new_ = false; }
  /// Nobody watches any more: limits were for those who have left.
  Steps forget_limits();
  /// Once next_timeout() is due: all who watch.
  Steps look(std::span<const tunnel::ViewerStatus> viewers, Instant now);
  /// Once a PictureLadder::kInterval, while the screen is shown: what the encoder made of `stream` since.
  Steps climb(const StreamDescription& stream, const encode::EncodeTimes& made, Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return look_at_; }

  /// The user's, where it is followed.
  [[nodiscard]] std::optional<std::int64_t> cap() const;
  /// What is encoded at, where it is not `wanted`.
  [[nodiscard]] std::int64_t bits_per_second(std::int64_t wanted) const;
  /// Of the viewers whose lines carry less than the user's bitrate, at the last look.
  [[nodiscard]] std::vector<web::LineLimit> line_limits() const;
  /// What is made and what limits that, and each viewer's line. `wanted`: the user's bitrate.
  void add_to(HostStats& stats, std::int64_t wanted) const;
  /// The same of the picture: `stream`, with the user's bitrate.
  [[nodiscard]] PictureTarget target(const StreamDescription& stream) const;

 private:
  [[nodiscard]] bool is_encoder_slow() const;
  Steps fix();
  Steps set_limits(const encode::PictureLimits& limits);

  const PictureUse use_;
  int asked_fps_ = 0;
  std::optional<BitrateLaw> law_;  ///< none: the bitrate is fixed, or not ours
  LeftBehindNews left_behind_;
  std::optional<PictureLadder> ladder_;  ///< where there is a law, and the rate is known
  bool plays_ = false;
  std::optional<Instant> look_at_;  ///< the viewers' lines
  bool limits_are_new_ = false;     ///< what the source makes of them has not been told yet
  bool told_of_slow_encoder_ = false;
};

}  // namespace pixelpass::app
