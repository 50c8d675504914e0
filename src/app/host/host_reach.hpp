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

/// How viewers reach a host's session: its socket, the ways that lead there, the page for browsers. Thread:
/// network.
class HostReach {
 public:
  /// Binds the socket. Throws StartupError where it cannot. The arguments outlive it.
  HostReach(boost::asio::io_context& io, const HostOptions& options, const TicketTerms& terms,
            HostSession& session, EventSink& events);
  /// Says bye to viewers who are still there.
  ~HostReach();
  HostReach(const HostReach&) = delete;
  HostReach& operator=(const HostReach&) = delete;

  /// Lets viewers come, and looks for ways. `on_turn` is called whenever something has come, or a timeout has
  /// passed; until close().
  void start(std::function<void(Instant now)> on_turn);
  /// The session was told something: the result is sent soon, after on_turn.
  void wake() { driver_.wake(); }
  /// The host shares: tickets are announced, and browsers get the page.
  void open();
  /// To be called in on_turn, after the session's events.
  void look(Instant now) { ways_.on_turn(now); }
  /// Handles viewers who join and leave; ignores other events.
  void on(const HostEvent& event, Instant now);
  /// Sends the goodbye; nothing comes any more.
  void close();
  [[nodiscard]] HostWays& ways() { return ways_; }

 private:
  net::UdpDriver driver_;
  std::unique_ptr<HostPage> page_;  ///< null: no browser may watch
  HostWays ways_;
};

}  // namespace pixelpass::app
