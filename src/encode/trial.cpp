#include "encode/trial.hpp"

#include <utility>

namespace pixelpass::encode {

bool Trial::settle(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(over_, true)) return false;
  error_ = std::move(error);
  changed_.notify_all();
  return true;
}

bool Trial::is_over() const {
  const std::lock_guard lock(mutex_);
  return over_;
}

std::optional<Error> Trial::wait(std::chrono::milliseconds at_most, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, stop, at_most, [this] { return over_; })) return error_;
  if (stop.stop_requested()) return interrupted();
  return Error{"the encoder gives no picture", "try another --encoder"};
}

}  // namespace pixelpass::encode
