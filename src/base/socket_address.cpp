#include "pixelpass/base/socket_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <tuple>

namespace pixelpass {
namespace {

constexpr std::uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

SocketAddress::SocketAddress() {
  std::memset(&storage_, 0, sizeof storage_);
  storage_.v4.sin_family = AF_INET;
}

SocketAddress::SocketAddress(const sockaddr* address, socklen_t length) : SocketAddress() {
  const auto n = std::min<std::size_t>(length, sizeof storage_);
  std::memcpy(static_cast<void*>(&storage_), address, n);
}

SocketAddress::SocketAddress(std::span<const std::uint8_t> bytes, std::uint16_t port) : SocketAddress() {
  if (bytes.size() == 16) {
    storage_.v6.sin6_family = AF_INET6;
    std::memcpy(&storage_.v6.sin6_addr, bytes.data(), 16);
  } else {
    std::memcpy(&storage_.v4.sin_addr, bytes.data(), 4);
  }
  set_port(port);
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
  std::string host(text);
  std::uint16_t port = 0;
  const bool bracketed = text.starts_with('[');
  const auto colon = text.rfind(':');
  const bool has_port =
      bracketed ? text.find("]:") != text.npos : colon != text.npos && text.find(':') == colon;
  if (has_port) {
    const auto parsed = parse_port(text.substr(colon + 1));
    if (!parsed) return std::nullopt;
    port = *parsed;
    host = text.substr(0, colon);
  }
  if (bracketed) {
    if (host.size() < 2 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  }
  std::uint8_t raw[16];
  if (!bracketed && inet_pton(AF_INET, host.c_str(), raw) == 1) return SocketAddress(std::span(raw, 4), port);
  if (inet_pton(AF_INET6, host.c_str(), raw) == 1) return SocketAddress(std::span(raw, 16), port);
  return std::nullopt;
}

SocketAddress SocketAddress::loopback(std::uint16_t port) {
  constexpr std::uint8_t raw[4] = {127, 0, 0, 1};
  return {raw, port};
}

bool SocketAddress::is_unspecified() const {
  return std::ranges::all_of(bytes(), [](std::uint8_t byte) { return byte == 0; });
}

bool SocketAddress::is_loopback() const {
  return is_v6() ? IN6_IS_ADDR_LOOPBACK(&storage_.v6.sin6_addr) : bytes()[0] == 127;
}

bool SocketAddress::is_link_local() const {
  return is_v6() ? IN6_IS_ADDR_LINKLOCAL(&storage_.v6.sin6_addr) : bytes()[0] == 169 && bytes()[1] == 254;
}

std::uint16_t SocketAddress::port() const {
  return ntohs(is_v6() ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

void SocketAddress::set_port(std::uint16_t port) {
  (is_v6() ? storage_.v6.sin6_port : storage_.v4.sin_port) = htons(port);
}

std::span<const std::uint8_t> SocketAddress::bytes() const {
  if (is_v6()) return {storage_.v6.sin6_addr.s6_addr, 16};
  return {reinterpret_cast<const std::uint8_t*>(&storage_.v4.sin_addr), 4};
}

SocketAddress SocketAddress::whole_host() const {
  auto host = unmapped();
  host.set_port(0);
  return host;
}

SocketAddress SocketAddress::unmapped() const {
  if (!is_v6() || std::memcmp(bytes().data(), kMappedPrefix, sizeof kMappedPrefix) != 0) return *this;
  return {bytes().subspan(12), port()};
}

SocketAddress SocketAddress::mapped() const {
  if (is_v6()) return *this;
  std::uint8_t raw[16];
  std::ranges::copy(kMappedPrefix, raw);
  std::ranges::copy(bytes(), raw + 12);
  return {raw, port()};
}

std::string SocketAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(storage_.any.sa_family, bytes().data(), text, sizeof text);
  const std::string host = is_v6() ? std::string(1, '[') + text + ']' : std::string(text);
  return host + ":" + std::to_string(port());
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  return a.storage_.any.sa_family == b.storage_.any.sa_family && a.port() == b.port() &&
         std::ranges::equal(a.bytes(), b.bytes()) &&
         // Each of our links may have another fe80::1 (RFC 4007).
         (!a.is_v6() || a.storage_.v6.sin6_scope_id == b.storage_.v6.sin6_scope_id);
}

std::strong_ordering operator<=>(const SocketAddress& a, const SocketAddress& b) {
  const auto scope = [](const SocketAddress& one) { return one.is_v6() ? one.storage_.v6.sin6_scope_id : 0; };
  const auto rest_of = [&](const SocketAddress& one) {
    return std::tuple(one.is_v6(), one.port(), scope(one));
  };
  if (const auto order = rest_of(a) <=> rest_of(b); order != 0) return order;
  return std::lexicographical_compare_three_way(a.bytes().begin(), a.bytes().end(), b.bytes().begin(),
                                                b.bytes().end());
}

}  // namespace pixelpass
