#include "ticket/dialable.hpp"

#include <cstdint>

namespace pixelpass {

bool is_dialable(const SocketAddress& address) {
  constexpr std::uint8_t kFirstMulticastV4 = 224;  // RFC 5771; from 240 on reserved, 255.255.255.255 is all
  constexpr std::uint8_t kMulticastV6 = 0xff;      // RFC 4291, 2.7
  const SocketAddress plain = address.unmapped();
  if (plain.port() == 0 || plain.is_unspecified()) return false;
  const std::uint8_t first = plain.bytes().front();
  // 0.0.0.0/8 is "this network" (RFC 6890): the kernel takes it for this machine, or for nothing.
  return plain.is_v6() ? first != kMulticastV6 : first != 0 && first < kFirstMulticastV4;
}

}  // namespace pixelpass
