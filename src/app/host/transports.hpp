#pragma once

#include "pixelpass/tunnel/host_tunnel.hpp"
#include "pixelpass/web/web_host.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::app {

/// Everything that carries the stream to viewers, over one socket: QUIC for our viewers, WebRTC for browsers.
/// Datagrams are told apart by their first byte (RFC 7983, RFC 9443). Both ask the same admission, and
/// viewers of both kinds share one sequence of numbers, so that a viewer can be found without knowing its
/// kind.
/// Sans-IO. Thread: network. `broadcast` and `admission` outlive it.
class Transports final : public net::DatagramCore {
 public:
  /// `for_browsers`: whether browsers may come, too.
  Transports(tunnel::HostSettings settings, bool for_browsers, const Broadcast& broadcast,
             tunnel::Admission& admission, const Random& random, Instant now, const WallClock& wall_clock);

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// The broadcast has a new frame.
  void on_broadcast() { tunnel_.on_broadcast(); }
  /// Browsers get access units, not the frames made of them.
  void on_unit(const AccessUnit& unit, Instant now);
  /// For browsers: see WebHost.
  [[nodiscard]] bool awaits_first_picture(std::uint32_t viewer) const {
    return web_ && web_->awaits_first_picture(viewer);
  }
  void begin_with(std::uint32_t viewer, std::span<const AccessUnit> units, bool is_all, Instant now) {
    if (web_) web_->begin_with(viewer, units, is_all, now);
  }
  void describe(const StreamDescription& stream) { tunnel_.describe(stream); }
  /// The encoder's bitrate, in bits a second.
  void set_bitrate(std::int64_t bits_per_second);
  /// For browsers: see WebHost.
  void set_limits(std::span<const web::LineLimit> limits) {
    if (web_) web_->set_limits(limits);
  }
  [[nodiscard]] bool has_browsers() const { return web_ && web_->viewer_count() > 0; }
  /// Whether the stream is one that browsers can show.
  void set_servable(bool is_servable, Instant now);
  /// Whether somebody listens who takes only Opus.
  [[nodiscard]] bool wants_opus() const { return web_ && web_->wants_opus(); }

  // The tunnel's functions, for viewers of either kind. Of these, a browser only hears that it is kicked, and
  // that it is left behind.
  void send_candidates(std::uint32_t viewer, std::vector<Candidate> candidates, Bytes tag);
  void tell(std::uint32_t viewer, const wire::LeftBehind& left);
  /// Browsers acknowledge nothing that could be waited for.
  [[nodiscard]] bool has_delivered() const { return tunnel_.has_delivered(); }
  void kick(std::uint32_t viewer, Instant now);
  void renew_secret(const Secret& secret);
  void close(const std::string& reason, Instant now);
  std::optional<tunnel::TransportEvent> poll_event();
  [[nodiscard]] std::vector<tunnel::ViewerStatus> viewers() const;

 private:
  std::optional<web::WebHost> web_;  ///< none: no browser may come
  tunnel::HostTunnel tunnel_;
};

}  // namespace pixelpass::app
