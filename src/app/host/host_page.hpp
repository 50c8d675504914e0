#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/net/page_server.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/port_mapper.hpp"

#include "app/host/page_links.hpp"
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace pixelpass::app {

/// Serves the page for browsers over TCP, on the tunnel's port number, and tells the links to it: LinkReady.
/// Thread: network.
class HostPage {
 public:
  struct Settings {
    std::string url;        ///< where else the page is, as the user says; empty: nowhere
    bool maps_port = true;  ///< the router is asked to keep its port open
  };
  /// `events` outlives it.
  HostPage(boost::asio::io_context& io, EventSink& events, const Settings& settings);

  /// Opens the port: the host shares, at this address. If another program has the port there are no links to
  /// it, and a Notice says so; the host goes on.
  void open(const SocketAddress& bound);
  /// Tells the links; to be called with each TicketReady, right after it.
  void on_ticket(const std::string& ticket, const std::vector<Candidate>& candidates);
  void on_network_change();
  /// Closes: nobody gets the page any more, and nothing more is told. The destructor gives a mapped port
  /// back, which may wait as PortMapper's does.
  void close();

 private:
  void map_port(const SocketAddress& bound);
  void on_mapped(const SocketAddress& outer);
  void on_mapping_lost(const SocketAddress& outer);
  void tell();

  boost::asio::io_context& io_;
  EventSink& events_;
  const bool maps_port_;
  PagePlaces places_;
  std::unique_ptr<net::PageServer> server_;
  std::unique_ptr<traversal::PortMapper> mapper_;
  std::string ticket_;  ///< empty: none yet
  std::vector<Candidate> candidates_;
  std::vector<LinkReady::Link> told_;
};

}  // namespace pixelpass::app
