#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/net/path.hpp"

#include "web/bye_reason.hpp"
#include "web/rtp_stream.hpp"
#include "web/srtp_session.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace pixelpass::web {

/// Our sender reports (RFC 3550 section 6.4.1): they tell a browser how the clocks of picture and sound
/// stand. Sans-IO.
class SenderReports {
 public:
  /// So often the browser is told, and tells what has come.
  static constexpr Duration kInterval = 250ms;

  /// `srtp` outlives it.
  SenderReports(SrtpSession& srtp, Instant now) : srtp_(srtp), next_at_(now) {}

  /// One relation for both streams, so that no jitter of the capture comes between picture and sound.
  /// `leads`: it is looked at again for each unit.
  void note_clocks(const AccessUnit& unit, bool leads);
  [[nodiscard]] Instant next_at() const { return next_at_; }
  /// Of the streams of which a packet has left, if it is time.
  void on_timeout(const RtpStream& video, const RtpStream& audio, Instant now);
  /// Why there is no more; what waited is out of date.
  void say_bye(const RtpStream& video, const RtpStream& audio, ByeReason reason, Instant now);
  /// False: the sink is full.
  bool flush(const net::Path& path, net::DatagramSink& sink);

 private:
  void put(const RtpStream& stream, std::uint32_t packets, std::uint32_t payload_bytes, Instant now);

  SrtpSession& srtp_;
  std::deque<Bytes> waiting_;
  Instant next_at_;
  std::optional<Instant> pts_zero_;  ///< when the units' time began
};

}  // namespace pixelpass::web
