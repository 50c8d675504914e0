#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::publish {

/// How long an engine is left alone before it is tried again. One that has taken the stream for a while
/// begins anew. Sans-IO.
class EngineBackoff {
 public:
  /// An engine that lets go sooner would be called again and again.
  static constexpr Duration kWorksAfter = 10s;

  void on_open(Instant now) { opened_ = now; }
  /// The connection that is open has been so for a while.
  [[nodiscard]] bool has_worked(Instant now) const { return opened_ && now - *opened_ >= kWorksAfter; }
  /// The connection has ended, or never came about. `took_some`: of the stream. Until the next try.
  Duration on_failed(Instant now, bool took_some = true) {
    if (has_worked(now) && took_some) backoff_.on_worked();
    opened_.reset();
    return backoff_.on_failed();
  }

 private:
  Backoff backoff_{1s, 30s};
  std::optional<Instant> opened_;
};

}  // namespace pixelpass::publish
