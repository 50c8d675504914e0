#pragma once

#include "pixelpass/ticket/ticket.hpp"

#include <optional>

namespace pixelpass {

/// Version 1:
///   payload   := fingerprint(32) secret(16) flags(u8) [expiry(u32)] count(u8) candidate* [relay]
///   candidate := kind-and-family(u8: kind * 2, + 1 for IPv6) address(4 or 16) port(u16)
///   relay     := server relayed count(u8) permitted* username password transport(u8) name
///   server, relayed, permitted := family(u8: 4 or 6) address(4 or 16) port(u16)
///   username, password := length(u8) bytes
/// `flags`: bit 0, there is an expiry (Unix seconds); bit 1, there is a relay. Integers are big-endian.
Bytes encode_payload(const Ticket& ticket);

/// Nullopt when it ends too early or holds what no version 1 writes. What follows the last field is ignored,
/// and so are candidates of a kind that is not known, those (and a relay) with an
/// address that is no one machine's (unspecified, multicast, broadcast, port 0), and further flags.
std::optional<Ticket> decode_payload(ByteView payload);

}  // namespace pixelpass
