#include "pixelpass/traversal/stun_servers.hpp"

#include "pixelpass/base/socket_address.hpp"

#include <algorithm>
#include <charconv>

namespace pixelpass::traversal {
namespace {

constexpr std::size_t kMostNameChars = 253;  ///< RFC 1035 section 2.3.4

bool may_be_in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// "[2001:db8::1]" of "[2001:db8::1]:3478", without its brackets.
std::string host_of(const SocketAddress& address) {
  const std::string text = address.to_string();
  const std::string host = text.substr(0, text.rfind(':'));
  return address.is_v6() ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

std::optional<StunServer> parse_stun_server(std::string_view text) {
  if (const auto address = SocketAddress::parse(text)) {
    if (address->is_unspecified()) return std::nullopt;
    return StunServer{host_of(*address), address->port() != 0 ? address->port() : StunServer::kDefaultPort};
  }
  const auto colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (name.empty() || name.size() > kMostNameChars || !std::ranges::all_of(name, may_be_in_a_name))
    return std::nullopt;
  if (colon == text.npos) return StunServer{std::string(name)};
  const auto port = port_of(text.substr(colon + 1));
  if (!port) return std::nullopt;
  return StunServer{std::string(name), *port};
}

std::vector<StunServer> default_stun_servers() {
  return {{"stun.l.google.com", 19302}, {"stun.cloudflare.com", 3478}};
}

}  // namespace pixelpass::traversal
