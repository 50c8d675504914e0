#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pixelpass::traversal {

/// The most relays that may be named.
inline constexpr std::size_t kMostRelays = 8;

/// A TURN server that the host's user named, and what lets us in. A value; any thread.
struct RelayServer {
  TurnTransport transport = TurnTransport::kUdp;
  bool transport_named = false;  ///< it was asked for: where it does not get through, no other is tried
  std::string host;              ///< a name, or an address without its brackets
  std::uint16_t port = 0;
  std::string username;
  std::string password;
  std::string shared_secret;  ///< not empty: there is no user yet, timed ones are made from this

  /// "turns:relay.example.com:5349", without what lets anybody in: for logs, events and error texts.
  [[nodiscard]] std::string to_string() const;
  /// The credentials for the server. If made from a shared secret: of a user who is let in until `expires`.
  /// Servers count a user's quota by `name` (coturn's user-quota), so each run of a host uses another one,
  /// without a colon.
  [[nodiscard]] TurnCredentials credentials(std::string_view name, UnixTime expires) const;
  friend bool operator==(const RelayServer&, const RelayServer&) = default;
};

/// How a relay is written, for help and error texts.
inline constexpr std::string_view kRelayForm =
    "turn:USER:PASS@HOST[:PORT][?transport=tcp], the same with turns: for TLS, or turn:secret=SECRET@HOST";

/// Reads what `--relay` takes: a TURN URI (RFC 7065) with a user in front of the host, as RFC 3986 writes
/// one. Without a port it is 3478, and 5349 for `turns` (RFC 7065 section 3.2; a server behind 443 is named
/// so). Strict, bounded. The error says what is wrong, and repeats nothing of the text: a secret is in it.
Result<RelayServer> parse_relay(std::string_view text);

}  // namespace pixelpass::traversal
