#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::publish {

/// A STUN or TURN server that an engine offers to its senders (RFC 9725 section 4.6).
struct IceServer {
  bool is_turn = false;
  /// The URI in webrtcbin's form: "stun://host:port", "turn://user:password@host:port?transport=udp".
  std::string uri;
  friend bool operator==(const IceServer&, const IceServer&) = default;
};

/// The most servers that are used.
inline constexpr std::size_t kMostIceServers = 8;

/// Adds the servers of one Link field (RFC 8288 section 3, RFC 7064, RFC 7065). Entries of another form are
/// skipped. Sans-IO.
void add_ice_servers(std::string_view link, std::vector<IceServer>& servers);

}  // namespace pixelpass::publish
