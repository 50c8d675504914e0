#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <span>
#include <string>
#include <vector>

namespace pixelpass::app {

/// The places from which browsers get the page.
struct PagePlaces {
  std::string url;            ///< a copy that the user has put somewhere; empty: none
  bool is_served = false;     ///< by this host, on its own port
  SocketAddress mapped_v4{};  ///< what the router leads there from outside; unspecified: nothing
  SocketAddress mapped_v6{};
};

/// The page's URLs with the ticket behind the `#`, the one that most likely works for a friend first: the
/// user's copy, addresses that can be reached from outside, the local network's addresses. Link-local IPv6 is
/// left out (browsers accept no zones), and loopback if there is another. `candidates`: the ticket's.
/// Sans-IO.
std::vector<LinkReady::Link> page_links(const std::string& ticket, std::span<const Candidate> candidates,
                                        const PagePlaces& places);

}  // namespace pixelpass::app
