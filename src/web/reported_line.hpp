#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/rtcp.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace pixelpass::web {

/// What a browser's reports say of its line: about the video stream, except for the round trip, which they
/// tell for every stream. Sans-IO.
class ReportedLine {
 public:
  /// The most packets whose arrival is still followed: ten seconds at 20 Mbit/s. A packet that waits in a
  /// queue for so long is not kept for retransmission, but tells the state of the line.
  static constexpr std::size_t kMostUnheard = 16'384;

  /// A video packet was sent for the first time. Indices are consecutive.
  void on_sent(std::uint64_t index, std::size_t bytes);
  /// The browser has echoed a report that we sent at `sent_at`, `delay` (1/65536 s) after it had arrived.
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
