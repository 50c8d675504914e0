#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace pixelpass::capture {

/// Counts how long a screen that is wanted has been missing: after a moment the user is told, after half a
/// minute the screen is given up, whatever is being tried. Sans-IO, like SourceWatch, which says what is
/// tried.
class Absence {
 public:
  enum class Step : std::uint8_t {
    kNone,
    kTell,
    kGiveUp,
  };

  static constexpr Duration kToldAfter = 2s;
  /// How long a reshaped screen may be missing before the user is told: a window that is being resized is
  /// missing again and again.
  static constexpr Duration kToldAtLast = 8s;
  static constexpr Duration kGivenUpAfter = 30s;

  /// The screen is wanted, or was lost. Does nothing where it is missing already.
  void begin(Instant now) {
    if (!since_) since_ = now;
  }
  /// The screen has changed its shape, and is looked for in the new one.
  void on_reshaped(Instant now) { reshaped_at_ = now; }
  /// We could not look for it for so long.
  void on_held_up(Duration lasted) {
    if (since_) *since_ += lasted;
    if (reshaped_at_) *reshaped_at_ += lasted;
  }
  /// It is there, or not wanted.
  void end() {
    since_.reset();
    reshaped_at_.reset();
    told_ = false;
  }
  [[nodiscard]] bool has_begun() const { return since_.has_value(); }

  /// What to do now. Each step comes once.
  Step poll(Instant now) {
    if (!since_) return Step::kNone;
    if (now - *since_ >= kGivenUpAfter) {
      end();
      return Step::kGiveUp;
    }
    const bool is_told =
        now - std::max(*since_, reshaped_at_.value_or(*since_)) >= kToldAfter || now - *since_ >= kToldAtLast;
    if (told_ || !is_told) return Step::kNone;
    told_ = true;
    return Step::kTell;
  }

 private:
  std::optional<Instant> since_;
  std::optional<Instant> reshaped_at_;
  bool told_ = false;
};

}  // namespace pixelpass::capture
