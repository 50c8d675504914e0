#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/net/http_head.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pixelpass::net {

/// The page at `/`.
struct Page {
  ByteView bytes;                 ///< outlive the server, which copies none of them
  std::vector<HttpField> fields;  ///< of its answer, beside those of every answer and its length
};

/// Serves one page over TCP to everybody: GET and HEAD of `/`, one answer for each connection. It is in
/// `net`, since it knows nothing of hosts and browsers. A client has a time limit for its request and one for
/// the answer; if there are too many, the oldest of the address with the most is closed, so that a flood
/// pushes out its own connections. Thread: network.
class PageServer {
 public:
  struct Limits {
    Duration head_time = 5s;
    Duration answer_time = 20s;  ///< for the whole page: over 20 kbit/s
    std::size_t clients = 64;
    std::size_t clients_of_one_line = 16;  ///< of an IPv4 address or an IPv6 /64
    std::size_t pieces_of_head = 64;       ///< in which it may come: each is judged from the beginning
  };

  /// Binds, to both families where the address is unspecified and there is IPv6, as UdpDriver does. Throws
  /// StartupError when the port is in use or the address is not ours.
  PageServer(boost::asio::io_context& io, const SocketAddress& listen, Page page, Limits limits);
  PageServer(boost::asio::io_context& io, const SocketAddress& listen, Page page)
      : PageServer(io, listen, std::move(page), Limits()) {}
  /// Disconnects all clients.
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  struct Counters {
    std::size_t clients = 0;    ///< now
    std::uint64_t served = 0;   ///< whole answers with the page, or with its head where that was asked for
    std::uint64_t refused = 0;  ///< wrong path or method, bad requests, too slow, too many
  };
  [[nodiscard]] Counters counters() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

/// Whether a page server could use this address now.
bool can_serve_page(const SocketAddress& address);

/// The address, where it leaves the port open with one that a UDP socket and a page server can both have: the
/// system chooses for UDP alone. `is_free`: whether the server can. As it is where none is found. Throws
/// StartupError where a UDP socket cannot use it.
SocketAddress with_shared_port(const SocketAddress& bind,
                               const std::function<bool(const SocketAddress&)>& is_free = can_serve_page);

}  // namespace pixelpass::net
