#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/net/page_server.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "app/host/page_links.hpp"
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace pixelpass::app {

/// The page in which browsers watch, over TCP on the tunnel's port number, and the links to it: LinkReady.
/// Thread: network.
class HostPage {
 public:
  /// `url`: where else the page is, as the user says; empty: nowhere. `events` outlives it.
  HostPage(boost::asio::io_context& io, EventSink& events, const std::string& url);

  /// The host shares, at this address. Where another program has the port there are no links to it, and a
  /// Notice says so; the host goes on.
  void open(const SocketAddress& bound);
  /// With each TicketReady, right behind it.
  void on_ticket(const std::string& ticket, const std::vector<Candidate>& candidates);
  /// Nobody gets it any more.
  void close() { server_.reset(); }

 private:
  void tell();

  boost::asio::io_context& io_;
  EventSink& events_;
  PagePlaces places_;
  std::unique_ptr<net::PageServer> server_;
  std::string ticket_;  ///< empty: none yet
  std::vector<Candidate> candidates_;
  std::vector<LinkReady::Link> told_;
};

}  // namespace pixelpass::app
