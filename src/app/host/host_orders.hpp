#pragma once

#include "pixelpass/app/host/host_console.hpp"

#include "app/host/host_control.hpp"
#include "app/host/host_input.hpp"
#include "app/host/host_news.hpp"
#include "app/host/host_reach.hpp"
#include "app/host/host_session.hpp"
#include "app/host/ticket_renewal.hpp"
#include "app/host/ticket_terms.hpp"

#include <optional>

namespace pixelpass::app {

/// Passes the commands that HostControl receives to the parts of a running host. Thread: network.
class HostOrders {
 public:
  struct Parts {
    TicketTerms& terms;
    HostSession& session;
    HostReach& reach;
    HostInput& input;
    HostNews& news;
  };

  /// Listens at once. The parts outlive it, and the console in the settings does.
  HostOrders(boost::asio::io_context& io, const HostControl::Settings& settings, const Parts& parts);

 private:
  HostControl::Handlers handlers();
  std::optional<Error> on_command(const HostCommand& command);
  void on_new_ticket(bool kicks_all, const TicketRenewal::Done& done);
  std::optional<Error> on_new_terms(bool kicks_all);
  void on_reply_code(const ReplyCode& code);

  const Parts parts_;
  TicketRenewal renewal_;
  HostControl control_;
};

}  // namespace pixelpass::app
