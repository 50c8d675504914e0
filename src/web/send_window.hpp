#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/rtp_packet.hpp"

#include <cstdint>

namespace pixelpass::web {

/// How many bytes may be on their way to a browser whose line the encoder does not follow. It follows the
/// queue on the way there, which stays between kShort and kLong where there is more to send than the line
/// carries. Sans-IO.
class SendWindow {
 public:
  static constexpr Duration kShort = 60ms;
  static constexpr Duration kLong = 150ms;
  static constexpr std::uint64_t kLeastBytes = 4 * kMaxRtpBytes;
  static constexpr std::uint64_t kMostBytes = 1 << 20;
  static constexpr double kGrowth = 1.5;
  static constexpr double kShrinking = 0.7;

  /// The browser has told what has come. Changes once a round trip, since what it is changed for is a round
  /// trip old.
  void update(const tunnel::LineStatus& line, Instant now);
  /// Something waits because as much is on its way.
  void note_full() { was_full_ = true; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 10 * kMaxRtpBytes;
  bool was_full_ = false;  ///< since it was changed
  Instant changed_at_{};
};

}  // namespace pixelpass::web
