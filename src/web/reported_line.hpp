#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/rtcp.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace pixelpass::web {

/// What a browser's reports say of its line: of the picture's stream but for the round trip, which they tell
/// of every stream. Sans-IO.
class ReportedLine {
 public:
  /// Packets whose arrival can still be told of: of ten seconds at 20 Mbit/s. What is in a queue that long is
  /// not kept to be sent again, but says how the line is.
  static constexpr std::size_t kMostUnheard = 16'384;

  /// A packet of the picture, for the first time. Indices follow each other.
  void on_sent(std::uint64_t index, std::size_t bytes);
  /// A report of ours from then was given back, so long (1/65536 s) after it had come.
  void note_rtt(Instant sent_at, std::uint32_t delay, Instant now);
  void on_report(const ReceptionReport& report, Instant now);

  [[nodiscard]] tunnel::LineStatus status(std::size_t waiting_bytes) const;
  [[nodiscard]] Duration rtt() const { return line_.latest_rtt; }
  [[nodiscard]] Duration jitter() const { return jitter_; }

 private:
  void note_arrivals(const ReceptionReport& report, std::uint64_t index, std::uint64_t bytes);

  tunnel::LineStatus line_{};
  Duration jitter_{};
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t sent_index_ = 0;       ///< of the newest packet
  std::deque<std::uint64_t> unheard_;  ///< sent_bytes_ at each packet up to that one; the oldest first
  std::uint64_t through_bytes_ = 0;    ///< sent_bytes_ at the last one that has come
  std::uint64_t through_index_ = 0;
};

}  // namespace pixelpass::web
