#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pixelpass {

/// An IPv4 or IPv6 address with a port, in the kernel's layout. A value; any thread.
class SocketAddress {
 public:
  /// 0.0.0.0:0
  SocketAddress();
  SocketAddress(const sockaddr* address, socklen_t length);
  /// Takes an Asio endpoint.
  template <class Endpoint>
  static SocketAddress of(const Endpoint& endpoint) {
    return {endpoint.data(), static_cast<socklen_t>(endpoint.size())};
  }
  /// `bytes`: 4 or 16, network order.
  SocketAddress(std::span<const std::uint8_t> bytes, std::uint16_t port);

  /// Parses "192.0.2.1:4433", "[2001:db8::1]:4433"; the port is 0 if missing. No names are looked up.
  static std::optional<SocketAddress> parse(std::string_view text);
  static SocketAddress loopback(std::uint16_t port);

  [[nodiscard]] bool is_v6() const { return storage_.any.sa_family == AF_INET6; }
  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_link_local() const;
  [[nodiscard]] std::uint16_t port() const;
  void set_port(std::uint16_t port);
  /// 4 or 16 bytes, network order.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;

  [[nodiscard]] const sockaddr* get() const { return &storage_.any; }
  [[nodiscard]] socklen_t size() const { return is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  /// 192.0.2.1 for ::ffff:192.0.2.1; other addresses unchanged.
  [[nodiscard]] SocketAddress unmapped() const;
  /// Unmapped, with port 0: stands for all ports of that host.
  [[nodiscard]] SocketAddress whole_host() const;
  /// The reverse of unmapped(), for a dual-stack socket.
  [[nodiscard]] SocketAddress mapped() const;

  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const SocketAddress& a, const SocketAddress& b);
  /// Some order, for maps.
  friend std::strong_ordering operator<=>(const SocketAddress& a, const SocketAddress& b);

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_;
};

}  // namespace pixelpass
