#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/host/host.hpp"
#include "pixelpass/net/udp_driver.hpp"

#include "app/host/host_page.hpp"
#include "app/host/host_session.hpp"
#include "app/host/host_ways.hpp"
#include "app/host/ticket_terms.hpp"

#include <functional>
#include <memory>

namespace pixelpass::app {

/// Where viewers reach a host's session: its socket, the ways that lead there, the page for browsers.
/// Thread: network.
class HostReach {
 public:
  /// Binds the socket. Throws StartupError where it cannot. What it is given outlives it.
  HostReach(boost::asio::io_context& io, const HostOptions& options, const TicketTerms& terms,
            HostSession& session, EventSink& events);
  /// Says bye to whoever is still there.
  ~HostReach();
  HostReach(const HostReach&) = delete;
  HostReach& operator=(const HostReach&) = delete;

  /// Viewers may come, and ways are looked for. `on_turn` is called whenever something has come, or was to be
  /// done; until close().
  void start(std::function<void(Instant now)> on_turn);
  /// The session was told something: what follows is sent soon, after on_turn.
  void wake() { driver_.wake(); }
  /// The host shares: tickets are told, and browsers get the page.
  void open();
  /// In on_turn, after what the session makes of what has come.
  void look(Instant now) { ways_.on_turn(now); }
  /// Of viewers who join and leave; all else is nothing to it.
  void on(const HostEvent& event, Instant now);
  /// The goodbye leaves, and nothing comes any more.
  void close();
  [[nodiscard]] HostWays& ways() { return ways_; }

 private:
  net::UdpDriver driver_;
  std::unique_ptr<HostPage> page_;  ///< null: no browser may watch
  HostWays ways_;
};

}  // namespace pixelpass::app
