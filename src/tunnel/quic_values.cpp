#include "tunnel/quic_values.hpp"

namespace pixelpass::tunnel {

Instant from_quic_time(ngtcp2_tstamp time) {
  if (time > static_cast<ngtcp2_tstamp>(Instant::max().time_since_epoch().count())) return Instant::max();
  return Instant(Duration(static_cast<Duration::rep>(time)));
}

ngtcp2_path to_quic_path(const net::Path& path) {
  // ngtcp2 copies what it keeps; only its struct lacks a const.
  const auto address = [](const SocketAddress& a) {
    return ngtcp2_addr{const_cast<sockaddr*>(a.get()), static_cast<ngtcp2_socklen>(a.size())};
  };
  // ngtcp2 stores this pointer with the addresses, and never dereferences it.
  return {address(path.local), address(path.remote),
          reinterpret_cast<void*>(static_cast<std::uintptr_t>(path.via))};
}

net::Path from_quic_path(const ngtcp2_path& path) {
  return {SocketAddress(path.local.addr, path.local.addrlen),
          SocketAddress(path.remote.addr, path.remote.addrlen),
          static_cast<net::Via>(reinterpret_cast<std::uintptr_t>(path.user_data))};
}

}  // namespace pixelpass::tunnel
