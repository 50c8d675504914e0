#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/name_lookup.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pixelpass::publish {

/// The addresses of an engine's name, each of which is called in its turn. Thread: network.
class EngineAddresses {
 public:
  /// `resolve`: empty: as the system does.
  EngineAddresses(boost::asio::io_context& io, const traversal::NameLookup::Resolve& resolve);

  /// Looks up the name, and calls `then`, unless another look-up has begun meanwhile. A name that is not
  /// known has no address.
  void look_up(const std::string& host, std::uint16_t port, std::function<void()> then);
  /// Those that have not been called yet.
  [[nodiscard]] bool empty() const { return addresses_.empty(); }
  /// The next one of them, which there has to be.
  SocketAddress take();
  void clear() { addresses_.clear(); }

 private:
  traversal::NameLookup names_;
  std::vector<SocketAddress> addresses_;
  std::uint64_t look_ups_ = 0;  ///< that have begun
};

}  // namespace pixelpass::publish
