#pragma once

#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace pixelpass::encode {

/// Whether a screen capture is the one that is shared. A capture that is being prepared is not yet, and one
/// that was replaced is not any more. Thread: any.
class ScreenSeat {
 public:
  /// Whether this capture's pictures count.
  [[nodiscard]] bool is_taken() const {
    const std::lock_guard lock(mutex_);
    return place_ == Place::kTaken;
  }
  /// The capture has ended. Returns what its owner has to be told; nullopt: nothing now.
  std::optional<Error> end(Error why) {
    const std::lock_guard lock(mutex_);
    if (place_ == Place::kTaken) return why;
    if (place_ == Place::kWaiting) ended_ = std::move(why);
    return std::nullopt;
  }
  /// Makes this capture the shared one. The error: it has ended already, while it was prepared.
  std::optional<Error> take() {
    const std::lock_guard lock(mutex_);
    if (!ended_) place_ = Place::kTaken;
    return ended_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    place_ = Place::kLeft;
  }

 private:
  enum class Place : std::uint8_t { kWaiting, kTaken, kLeft };

  mutable std::mutex mutex_;  ///< guards all below
  Place place_ = Place::kWaiting;
  std::optional<Error> ended_;
};

}  // namespace pixelpass::encode
