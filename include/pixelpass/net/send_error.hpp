#pragma once

#include "pixelpass/net/path.hpp"

#include <functional>
#include <optional>
#include <span>

namespace pixelpass::net {

/// The errno with which this system refuses to send a QUIC client's first datagram to `remote`: no route, a
/// firewall, a link for smaller packets. Nullopt: it has gone. Sends one, which a host takes for no knock;
/// for who has been waiting for an answer, and has to say why there is none. Does not wait. Any thread.
std::optional<int> send_error(const SocketAddress& remote);

/// Why nothing goes over any of the direct paths that lead away from this machine: as said of the first, but
/// rather anything than that no route leads there.
/// Nullopt: one can be sent to, or there is none.
std::optional<int> why_nothing_is_sent(
    std::span<const Path> paths,
    const std::function<std::optional<int>(const SocketAddress&)>& error_of = send_error);

}  // namespace pixelpass::net
