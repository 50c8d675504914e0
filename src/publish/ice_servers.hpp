#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::publish {

/// A STUN or TURN server that an engine offers to who sends to it (RFC 9725 section 4.6).
struct IceServer {
  bool is_turn = false;
  /// As webrtcbin takes it: "stun://host:port", "turn://user:password@host:port?transport=udp".
  std::string uri;
  friend bool operator==(const IceServer&, const IceServer&) = default;
};

/// More than these are left out.
inline constexpr std::size_t kMostIceServers = 8;

/// Adds what one Link field has of them (RFC 8288 section 3, RFC 7064, RFC 7065). What is written otherwise
/// is passed over. Sans-IO.
void add_ice_servers(std::string_view link, std::vector<IceServer>& servers);

}  // namespace pixelpass::publish
