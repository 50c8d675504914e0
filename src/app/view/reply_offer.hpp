#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/ticket/reply_code.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/gather.hpp"
#include "pixelpass/traversal/hop_probe.hpp"

#include "app/view/viewer_session.hpp"
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::app {

/// Shows a code for the user to send back to the host's friend, when nobody answers and nobody introduces us;
/// attempts go on meanwhile. Thread: network.
class ReplyOffer {
 public:
  /// After this long without an answer our outer address is asked for, so that it is known at kCodeAfter.
  static constexpr Duration kAskAfter = 1500ms;
  /// After this long without an answer the code is shown.
  static constexpr Duration kCodeAfter = 3s;

  struct Settings {
    Ticket ticket;
    std::function<void()> gather;  ///< our outer address is wanted: on_server() and on_gathered() follow
    std::function<void()> wake;    ///< the driver
  };

  /// All arguments but the settings outlive it.
  ReplyOffer(boost::asio::io_context& io, ViewerSession& session, traversal::Agent& agent, EventSink& events,
             Settings settings);

  void start();
  /// A STUN server that is to be asked.
  void on_server(const SocketAddress& server);
  void on_gathered(const traversal::Gathered& found);
  /// The network has changed: the shown code may be useless now.
  void on_network_change();
  /// The host has been reached: no code is needed any more.
  void stop();

 private:
  void ask();
  void offer();
  void tell_session();
  void after(boost::asio::steady_timer& timer, Duration time, void (ReplyOffer::*what)());

  boost::asio::io_context& io_;
  ViewerSession& session_;
  traversal::Agent& agent_;
  EventSink& events_;
  const Settings settings_;
  const Instant began_ = Clock::now();
  boost::asio::steady_timer ask_timer_;
  boost::asio::steady_timer code_timer_;
  std::optional<traversal::Gathered> found_;
  std::optional<ReplyCode> shown_;
  std::optional<traversal::AttemptId> attempt_;  ///< of what was shown
  std::optional<int> hops_;
  bool is_probing_ = false;
  bool is_stale_ = false;  ///< what was shown
  bool is_at_work_ = false;
  std::unique_ptr<traversal::HopProbe> probe_;
};

}  // namespace pixelpass::app
