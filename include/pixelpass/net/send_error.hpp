#pragma once

#include "pixelpass/net/path.hpp"

#include <functional>
#include <optional>
#include <span>

namespace pixelpass::net {

/// The errno with which this system refuses to send a QUIC client's first datagram to `remote`: no route, a
/// firewall, a link for smaller packets. Nullopt: it was sent. The datagram that it sends is no knock to a
/// host. For explaining why no answer has come. Does not wait. Any thread.
std::optional<int> send_error(const SocketAddress& remote);

/// Why nothing can be sent over any of the direct paths that leave this machine: the error of the first one,
/// but preferably another one than a missing route.
/// Nullopt: one can be sent to, or there is none.
std::optional<int> why_nothing_is_sent(
    std::span<const Path> paths,
    const std::function<std::optional<int>(const SocketAddress&)>& error_of = send_error);

}  // namespace pixelpass::net
