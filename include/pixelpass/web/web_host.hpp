#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/tunnel/admission.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"
#include "pixelpass/tunnel/identity.hpp"
#include "pixelpass/web/line_limit.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::web {

struct WebHostCounters {
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_dropped = 0;   ///< no session's, or not authentic
  std::uint64_t signatures_checked = 0;  ///< of checks, each with one ticket's key
  std::uint64_t sessions = 0;            ///< begun so far, with the ticket's secret
  std::uint64_t handshakes = 0;          ///< begun so far
  std::uint64_t handshakes_failed = 0;   ///< with another certificate than the hello's, or none
};

/// Browsers as viewers: to them what `HostTunnel` is to native ones. A browser shows with its first
/// connectivity check that it has the ticket's secret (what it has to say, its page writes into the check's
/// user name), shakes hands by DTLS with the certificate that it has named there, and is sent picture and
/// sound by SRTP. Who has not done all of that is no viewer and makes no event.
///
/// Media goes where the browser has shown that it hears: never because of a check alone, which may be a copy.
/// A viewer's `lag` is half its round trip: browsers tell no more. Sans-IO. Thread: network. `admission`
/// outlives it.
class WebHost final : public net::DatagramCore {
 public:
  /// `identity`: its secret is the first ticket's. `wall_clock`: a browser's hello says when it was made.
  WebHost(const tunnel::Identity& identity, tunnel::Admission& admission, Random random, Instant now,
          WallClock wall_clock);
  ~WebHost() override;

  /// Whether a datagram is STUN, DTLS, SRTP or SRTCP by its first byte (RFC 7983, RFC 9443): all else on the
  /// socket is QUIC.
  static bool is_ours(ByteView datagram);

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// H.264 and Opus; AAC is ignored. The next flush sends it. Its bytes are held for a second.
  void on_unit(const AccessUnit& unit, Instant now);
  /// This viewer is here and has had no picture yet.
  [[nodiscard]] bool awaits_first_picture(std::uint32_t viewer) const;
  /// For that viewer alone, what the others have had before: from a keyframe on, in their time. `is_all`: up
  /// to what comes next; else it goes on with the next keyframe.
  void begin_with(std::uint32_t viewer, std::span<const AccessUnit> units, bool is_all, Instant now);
  /// What the encoder is told: large pictures leave at a multiple of it, not in one burst.
  void set_bitrate(std::int64_t bits_per_second);
  /// What lines carry, where that is less than what could be sent; who is not named has no limit. Large
  /// pictures leave as fast as a line takes them, and to who is left behind no more is sent than it takes.
  void set_limits(std::span<const LineLimit> limits);
  /// This viewer's page says that the line carries less than the picture has, or no longer; also when it
  /// comes back. Nothing happens for a number that is no browser's.
  void tell_left_behind(std::uint32_t viewer, bool is_left_behind);
  /// This viewer is told so, and gets nothing more; has left. Nothing happens when it is not here. That it
  /// does not come in again is for `admission` to see to.
  void kick(std::uint32_t viewer, Instant now);
  /// There is a new ticket, with this secret: with an earlier one nobody comes in any more, but for who was
  /// in with it, who shows the same certificate. Who watches stays.
  void renew_secret(const Secret& secret);
  /// Whether the source has H.264, which is all that browsers take from here. Until it has, newcomers are
  /// told that it has not, and so is who watches; has left.
  void set_has_h264(bool has_h264, Instant now);
  /// Says bye to all; the next flush sends it. Nothing is accepted afterwards.
  void close(const std::string& reason, Instant now);

  /// SessionOpened, SessionClosed, ViewerMoved, KeyframeWanted.
  std::optional<tunnel::TransportEvent> poll_event();
  [[nodiscard]] std::vector<tunnel::ViewerStatus> viewers() const;
  [[nodiscard]] std::size_t viewer_count() const;
  /// Somebody who watches takes Opus.
  [[nodiscard]] bool wants_opus() const;
  [[nodiscard]] const WebHostCounters& counters() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace pixelpass::web
