#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::publish {

/// The pause before an engine is called again. An engine that has taken the stream for a while begins with
/// the shortest one. Sans-IO.
class EngineBackoff {
 public:
  /// How long an engine has to take the stream for that; one that closes sooner would be called again and
  /// again.
  static constexpr Duration kWorksAfter = 10s;

  void on_open(Instant now) { opened_ = now; }
  /// Whether the open connection has lasted for a while.
  [[nodiscard]] bool has_worked(Instant now) const { return opened_ && now - *opened_ >= kWorksAfter; }
  /// The connection has ended, or could not be made. `took_some`: it took a part of the stream. Returns the
  /// pause until the next try.
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
