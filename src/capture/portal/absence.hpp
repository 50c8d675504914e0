#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <optional>

namespace pixelpass::capture {

/// How long a screen that is wanted has not been there: after a moment its user is told, after half a minute
/// it is given up, whatever is being tried. Sans-IO, as SourceWatch, which says what is tried.
class Absence {
 public:
  enum class Step : std::uint8_t {
    kNone,
    kTell,
    kGiveUp,
  };

  static constexpr Duration kToldAfter = 2s;
  static constexpr Duration kGivenUpAfter = 30s;

  /// It is wanted, or was lost. Where it is missing already nothing changes.
  void begin(Instant now) {
    if (!since_) since_ = now;
  }
  /// It is there, or not wanted.
  void end() {
    since_.reset();
    told_ = false;
  }
  [[nodiscard]] bool has_begun() const { return since_.has_value(); }

  /// Each step comes once.
  Step poll(Instant now) {
    if (!since_) return Step::kNone;
    if (now - *since_ >= kGivenUpAfter) {
      end();
      return Step::kGiveUp;
    }
    if (told_ || now - *since_ < kToldAfter) return Step::kNone;
    told_ = true;
    return Step::kTell;
  }

 private:
  std::optional<Instant> since_;
  bool told_ = false;
};

}  // namespace pixelpass::capture
