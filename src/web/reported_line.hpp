#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/retransmission_store.hpp"
#include "web/rtcp.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass::web {

/// What a browser's reports say of its line: of the picture's stream but for the round trip, which they tell
/// of every stream. Sans-IO.
class ReportedLine {
 public:
  /// A packet of the picture, for the first time.
  void on_sent(std::size_t bytes);
  void note_rtt(const ReceptionReport& report, Instant now);
  /// `highest`: the packet with its highest sequence number; null: it is not known any more.
  void on_report(const ReceptionReport& report, const SentPacket* highest, Instant now);

  [[nodiscard]] tunnel::LineStatus status(std::size_t waiting_bytes) const;
  [[nodiscard]] Duration rtt() const { return line_.latest_rtt; }
  [[nodiscard]] Duration jitter() const { return jitter_; }
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  void note_arrivals(const ReceptionReport& report, const SentPacket& highest);

  tunnel::LineStatus line_{};
  Duration jitter_{};
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t through_bytes_ = 0;  ///< sent_bytes_ at the last one that has come
  std::uint64_t through_index_ = 0;
};

}  // namespace pixelpass::web
