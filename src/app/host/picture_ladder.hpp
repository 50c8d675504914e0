#pragma once

#include "pixelpass/app/host/source_options.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::app {

/// Decides what a picture gives up, and when, if its bitrate or its encoder does not suffice: for text, first
/// pictures a second and then size; for motion, size first. Each step down the ladder needs fewer bits.
///
/// It goes down if a line (not the user) limits the bitrate, the encoder uses it up, and it is clearly less
/// than the step needs (kBitsPerPixel): at once to the step that the bitrate allows. If a player is the limit
/// (PlayerRate), each step needs its share of the cap, however few bits the picture takes, and each cut is
/// one step at most: after the first, little is left of a thin line's bits. And it goes down if the encoder
/// is too slow for kSlowLooks looks (it took longer than the time between two pictures, and made fewer than
/// were asked for): by two steps if its figures say that one is too few. It goes up by one if the bitrate
/// allows that, or the pictures have become simple; not before a pause since the last step, which doubles
/// each time that a step up was wrong.
///
/// The meaning of `--for auto` is chosen on the way down from the top: pictures of even size are motion.
/// Sans-IO. Thread: network.
class PictureLadder {
 public:
  /// The interval between two looks.
  static constexpr Duration kInterval = 1s;
  /// The bits a pixel below which H.264 shows blocks (x264, superfast): 2.5 Mbit/s for 1080p at 30 pictures a
  /// second.
  static constexpr double kBitsPerPixel = 0.04;
  /// The part of the target that an encoder without enough bits uses at least.
  static constexpr double kUsedUp = 0.75;
  /// The part of the target that a step up may need.
  static constexpr double kMayUse = 0.7;
  static constexpr int kSlowLooks = 2;
  static constexpr Duration kFirstHold = 5s;
  static constexpr Duration kLongestHold = 80s;
  /// A step up that is taken back within this time was wrong.
  static constexpr Duration kWrongWithin = 10s;

  enum class Reason : std::uint8_t { kNone, kLine, kEncoder, kPlayer };

  struct Look {
    std::int64_t target = 0;   ///< bits a second that the encoder is told; below the cap lines carry no more
    std::int64_t cap = 0;      ///< what the user allows
    Size shown;                ///< what pictures are now, with the limits that are set
    encode::EncodeTimes made;  ///< since the last look
    bool is_players = false;   ///< a player limits the target: what it has to decode is too much
  };

  /// `fps`: the rate that was asked for, above zero.
  PictureLadder(PictureUse use, int fps) : asked_use_(use), fps_(fps), use_(use) {}

  /// True: limits() have changed.
  bool update(const Look& look, Instant now);
  [[nodiscard]] encode::PictureLimits limits() const;
  /// Why the limits are not what was asked for.
  [[nodiscard]] Reason reason() const { return step_ == 0 ? Reason::kNone : reason_; }

 private:
  struct Step {
    int percent = 100;
    int fps = 0;
  };

  [[nodiscard]] std::vector<Step> steps() const;
  /// The bits a second that the pictures of each step need. The user's cap counts as enough for the first.
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
