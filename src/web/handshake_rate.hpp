#pragma once

#include "pixelpass/base/choose_to_go.hpp"
#include "pixelpass/base/token_bucket.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace pixelpass::web {

/// Limits how many handshakes begin, since each costs a few hundred microseconds: in all, and for one line so
/// that it cannot use up the others' share. A browser that is not served says hello again. Sans-IO.
class HandshakeRate {
 public:
  /// Handshakes of all lines together: so many at once, and then so many a second.
  static constexpr double kOfAll = 60;
  static constexpr double kBurstOfLine = 10;
  static constexpr double kOfLine = 5;

  bool take(const SocketAddress& from, Instant now) {
    if (lines_.size() >= kMaxLines) lines_.clear();
    auto& line = lines_.try_emplace(line_of(from), kBurstOfLine, kOfLine).first->second;
    return line.has(now) && all_.take(now) && line.take(now);
  }

 private:
  static constexpr std::size_t kMaxLines = 256;

  TokenBucket all_{kOfAll, kOfAll};
  std::map<std::vector<std::uint8_t>, TokenBucket> lines_;
};

}  // namespace pixelpass::web
