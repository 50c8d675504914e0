#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::traversal {

/// The most STUN servers that may be named.
inline constexpr std::size_t kMostStunServers = 8;

/// A STUN server as a person names it.
struct StunServer {
  static constexpr std::uint16_t kDefaultPort = 3478;  ///< RFC 8489 section 8

  std::string host;  ///< a name or an address
  std::uint16_t port = kDefaultPort;
  friend bool operator==(const StunServer&, const StunServer&) = default;
};

/// "stun.example.net", "stun.example.net:19302", "192.0.2.1:3478", "[2001:db8::1]:3478". Nullopt: neither.
std::optional<StunServer> parse_stun_server(std::string_view text);

/// Two well-known public ones, of different operators: that they see the same address tells the kind of NAT,
/// and neither has to be there.
std::vector<StunServer> default_stun_servers();

}  // namespace pixelpass::traversal
