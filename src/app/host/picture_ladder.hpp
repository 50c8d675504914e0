#pragma once

#include "pixelpass/app/host/source_options.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::app {

/// What a picture gives up, and when, where its bitrate or its encoder cannot carry it: for text, pictures a
/// second first, and then size; for what moves, size first. Each step down of the ladder asks for fewer bits.
///
/// It goes down where a line (not the user) limits the bitrate, the encoder uses it up, and it is clearly
/// less than the step asks for (kBitsPerPixel): at once to the step that it carries. Where a player limits it
/// (PlayerRate), each step asks for its share of the cap, however few bits there are, and each cut is one
/// step at the most: of a thin line's bits little is left after the first. And where the encoder does not
/// keep up, for kSlowLooks looks (it took longer for a picture than the time between two, and made fewer than
/// were asked for): by two steps where what it made says that one is too few. It goes up by one where the
/// bitrate would carry that, or the pictures have become simple; no sooner than a time after the last step,
/// which doubles each time that a step up was wrong.
///
/// What `--for auto` means is chosen on the way down from the top: pictures of even size are motion.
/// Sans-IO. Thread: network.
class PictureLadder {
 public:
  /// Between two looks.
  static constexpr Duration kInterval = 1s;
  /// Below it H.264 shows blocks (x264, superfast): of 1080p at 30 pictures a second, 2.5 Mbit/s.
  static constexpr double kBitsPerPixel = 0.04;
  /// Of the target, what an encoder that has not enough uses at least.
  static constexpr double kUsedUp = 0.75;
  /// A step up may use so much of it.
  static constexpr double kMayUse = 0.7;
  static constexpr int kSlowLooks = 2;
  static constexpr Duration kFirstHold = 5s;
  static constexpr Duration kLongestHold = 80s;
  /// A step up that is taken back sooner was wrong.
  static constexpr Duration kWrongWithin = 10s;

  enum class Reason : std::uint8_t { kNone, kLine, kEncoder, kPlayer };

  struct Look {
    std::int64_t target = 0;   ///< bits a second that the encoder is told; below the cap lines carry no more
    std::int64_t cap = 0;      ///< what the user allows
    Size shown;                ///< what pictures are now, with the limits that are set
    encode::EncodeTimes made;  ///< since the last look
    bool is_players = false;   ///< a player limits the target: what it has to decode is too much
  };

  /// `fps`: what was asked for, above zero.
  PictureLadder(PictureUse use, int fps) : asked_use_(use), fps_(fps), use_(use) {}

  /// True: limits() have changed.
  bool update(const Look& look, Instant now);
  [[nodiscard]] encode::PictureLimits limits() const;
  /// Why they are not what was asked for.
  [[nodiscard]] Reason reason() const { return step_ == 0 ? Reason::kNone : reason_; }

 private:
  struct Step {
    int percent = 100;
    int fps = 0;
  };

  [[nodiscard]] std::vector<Step> steps() const;
  /// Bits a second that pictures of each step ask for. What the user allows is enough for the first.
  [[nodiscard]] std::vector<double> needs(const Look& look) const;
  [[nodiscard]] std::optional<std::size_t> wanted_down(const Look& look) const;
  [[nodiscard]] std::size_t cuts_since(const Look& look) const;
  [[nodiscard]] std::size_t step_of_encoder(const Look& look) const;
  [[nodiscard]] bool may_go_up(const Look& look) const;
  bool is_slow(const Look& look);
  void go_down(std::size_t to, Reason reason, Instant now);
  void go_up(Instant now);

  const PictureUse asked_use_;
  const int fps_;
  PictureUse use_;        ///< kAuto only at the top
  std::size_t step_ = 0;  ///< of steps(); 0: all that was asked for
  Reason reason_ = Reason::kNone;
  std::optional<std::int64_t> uncut_;  ///< the target that a player had cut nothing of yet; none: the cap
  int slow_looks_ = 0;                 ///< in a row
  Duration hold_ = kFirstHold;
  std::optional<Instant> changed_at_;
  std::optional<Instant> up_at_;  ///< the last step up
};

}  // namespace pixelpass::app
