#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <optional>

namespace pixelpass::publish {

/// How long an engine is left alone before it is tried again: a second, then twice as long each time, up to
/// half a minute. One that has taken the stream for a while begins anew. Sans-IO.
class Backoff {
 public:
  static constexpr Duration kFirst = 1s;
  static constexpr Duration kMost = 30s;
  /// An engine that lets go sooner would be called again and again.
  static constexpr Duration kWorksAfter = 10s;

  void on_open(Instant now) { opened_ = now; }
  /// The connection that is open has been so for a while.
  [[nodiscard]] bool has_worked(Instant now) const { return opened_ && now - *opened_ >= kWorksAfter; }
  /// The connection has ended, or never came about. `took_some`: of the stream. Until the next try.
  Duration on_failed(Instant now, bool took_some = true) {
    if (has_worked(now) && took_some) next_ = kFirst;
    opened_.reset();
    const Duration wait = next_;
    next_ = std::min(2 * next_, kMost);
    return wait;
  }

 private:
  Duration next_ = kFirst;
  std::optional<Instant> opened_;
};

}  // namespace pixelpass::publish
