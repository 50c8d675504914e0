#pragma once

#include "pixelpass/base/error.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

namespace pixelpass::encode {

/// The outcome of an encoder's first picture. Thread: any.
class Trial {
 public:
  /// A picture came out (nullopt), or none will. The first outcome counts; false: there was one already.
  bool settle(std::optional<Error> error);
  [[nodiscard]] bool is_over() const;
  /// Waits for the outcome. Returns an error if none comes in time, or if the user interrupts through `stop`.
  std::optional<Error> wait(std::chrono::milliseconds at_most, const std::stop_token& stop);

 private:
  mutable std::mutex mutex_;  ///< guards all below
  std::condition_variable_any changed_;
  bool over_ = false;
  std::optional<Error> error_;
};

}  // namespace pixelpass::encode
