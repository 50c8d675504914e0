#pragma once

#include "pixelpass/base/clock.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace pixelpass::traversal {

/// Says when this machine's network has become another one: what that is says NetworkState. Changes come in
/// crowds (a cable is plugged in, an address is leased, a route is set), so that many are told as one.
/// Without rtnetlink (a sandbox) it never says anything. Thread: network. The io_context outlives it; after
/// its destructor nothing is called.
class NetworkWatch {
 public:
  struct Settings {
    Duration quiet = 300ms;  ///< nothing has changed for so long, and it is told
    Duration longest = 2s;   ///< after the first of a crowd it is told, quiet or not
  };

  NetworkWatch(boost::asio::io_context& io, std::function<void()> on_change, Settings settings);
  NetworkWatch(boost::asio::io_context& io, std::function<void()> on_change)
      : NetworkWatch(io, std::move(on_change), Settings()) {}
  ~NetworkWatch();

  /// Whether it knows how the network is: changes from then on are told.
  [[nodiscard]] bool is_ready() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

}  // namespace pixelpass::traversal
