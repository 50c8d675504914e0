#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <cstring>

namespace pixelpass::net {

/// The same address for Asio, as the reverse of SocketAddress::of: `Endpoint` is a tcp::endpoint or a
/// udp::endpoint. Any thread.
template <class Endpoint>
Endpoint to_endpoint(const SocketAddress& address) {
  Endpoint endpoint;
  std::memcpy(endpoint.data(), address.get(), address.size());
  endpoint.resize(address.size());
  return endpoint;
}

}  // namespace pixelpass::net
