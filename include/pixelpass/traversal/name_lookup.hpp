#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::traversal {

/// Looks names up as the system does (getaddrinfo(3)), each in a thread that nobody waits for: nothing can
/// tell such a call to stop, and without a name server it takes tens of seconds, which the end of the program
/// is not to take (Asio's resolver joins its thread). Thread: network, which handlers run on. The io_context
/// outlives it; after its destructor no handler is called.
class NameLookup {
 public:
  using Addresses = std::vector<SocketAddress>;
  using Resolve = std::function<Addresses(const std::string& host, std::uint16_t port)>;
  using Handler = std::function<void(const Addresses&)>;

  /// `resolve` runs on the threads, and owns all that it uses.
  NameLookup(boost::asio::io_context& io, Resolve resolve);
  explicit NameLookup(boost::asio::io_context& io);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  /// Looks up a name. Calls `handler` later, never from within; with nothing if nothing was found. An address
  /// is passed on as it is.
  void look_up(const std::string& host, std::uint16_t port, Handler handler);

 private:
  struct Link;

  const Resolve resolve_;
  std::shared_ptr<Link> link_;
};

}  // namespace pixelpass::traversal
