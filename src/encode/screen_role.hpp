#pragma once

#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace pixelpass::encode {

/// Whether a screen capture is the one that is shared. A capture that is being prepared is not yet, and one
/// that was replaced is not any more. Thread: any.
class ScreenRole {
 public:
  /// Whether this capture's pictures count.
  [[nodiscard]] bool is_shared() const {
    const std::lock_guard lock(mutex_);
    return state_ == State::kShared;
  }
  /// The capture has ended. Returns what its owner has to be told; nullopt: nothing now.
  std::optional<Error> end(Error why) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kShared) return why;
    if (state_ == State::kPrepared) ended_ = std::move(why);
    return std::nullopt;
  }
  /// Makes this capture the shared one. The error: it has ended already, while it was prepared.
  std::optional<Error> share() {
    const std::lock_guard lock(mutex_);
    if (!ended_) state_ = State::kShared;
    return ended_;
  }
  void replace() {
    const std::lock_guard lock(mutex_);
    state_ = State::kReplaced;
  }

 private:
  enum class State : std::uint8_t { kPrepared, kShared, kReplaced };

  mutable std::mutex mutex_;  ///< guards all below
  State state_ = State::kPrepared;
  std::optional<Error> ended_;
};

}  // namespace pixelpass::encode
