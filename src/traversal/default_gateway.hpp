#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::traversal {

/// The router that packets without another way go to.
struct Gateway {
  SocketAddress address;  ///< port 0; a link-local one with its zone
  std::string interface;  ///< through which it is reached
};

/// The main routing table's default route with the smallest metric that has a gateway. `proc_net`: /proc/net.
std::optional<Gateway> default_gateway_v4(const std::filesystem::path& proc_net);
std::optional<Gateway> default_gateway_v6(const std::filesystem::path& proc_net);

/// An interface's addresses that the whole Internet can send to (2000::/3), at most `most`. Port 0.
std::vector<SocketAddress> global_v6_addresses(const std::string& interface, std::size_t most);

}  // namespace pixelpass::traversal
