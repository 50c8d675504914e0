#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace pixelpass::traversal {

enum class MappingProtocol : std::uint8_t { kPcp, kNatPmp, kUpnp };

constexpr std::string_view to_string(MappingProtocol protocol) {
  switch (protocol) {
    case MappingProtocol::kPcp:
      return "PCP";
    case MappingProtocol::kNatPmp:
      return "NAT-PMP";
    case MappingProtocol::kUpnp:
      break;
  }
  return "UPnP";
}

/// What a port is of, by IANA's protocol numbers.
enum class MappedTransport : std::uint8_t { kTcp = 6, kUdp = 17 };

/// A port that the router keeps open for us, and renews itself while the mapper lives. A value.
struct PortMapping {
  SocketAddress inner;  ///< ours
  SocketAddress outer;  ///< what the router says it is from outside; of a v6 pinhole most often the same
  MappingProtocol protocol = MappingProtocol::kPcp;
  std::chrono::seconds lifetime{};  ///< that the router has granted; 0: until it is restarted

  friend bool operator==(const PortMapping&, const PortMapping&) = default;
};

}  // namespace pixelpass::traversal
