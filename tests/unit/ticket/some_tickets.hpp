#pragma once

#include "pixelpass/ticket/ticket.hpp"

namespace pixelpass {

inline const UnixTime kNow{std::chrono::seconds(1'800'000'000)};

inline SocketAddress address(std::string_view text) {
  return SocketAddress::parse(text).value();
}

/// One IPv4 candidate, no expiry, no relay.
inline Ticket small_ticket() {
  Ticket ticket;
  for (std::size_t i = 0; i < ticket.fingerprint.size(); ++i)
    ticket.fingerprint[i] = static_cast<std::uint8_t>(i * 7);
  for (std::size_t i = 0; i < ticket.secret.size(); ++i)
    ticket.secret[i] = static_cast<std::uint8_t>(200 + i);
  ticket.candidates = {{CandidateKind::kHost, address("192.0.2.17:41234")}};
  return ticket;
}

/// Everything that a ticket can hold.
inline Ticket full_ticket() {
  auto ticket = small_ticket();
  ticket.expires_at = kNow + std::chrono::hours(8);
  ticket.candidates.push_back({CandidateKind::kReflexive, address("203.0.113.9:50000")});
  ticket.candidates.push_back({CandidateKind::kMapped, address("[2001:db8::17]:41234")});
  ticket.relay = Relay{.server = address("198.51.100.1:3478"),
                       .relayed = address("198.51.100.1:60001"),
                       .permitted = {address("198.51.100.1:0"), address("[2001:db8::1]:0")},
                       .username = "1800028800:guest",
                       .password = "c2hvcnQtbGl2ZWQ=",
                       .transport = RelayTransport::kTls,
                       .name = "relay.example.net"};
  return ticket;
}

}  // namespace pixelpass
