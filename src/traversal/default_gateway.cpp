#include "traversal/default_gateway.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace pixelpass::traversal {
namespace {

template <class T>
std::optional<T> from_hex(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

bool leads_through_gateway(std::string_view flags) {
  const auto bits = from_hex<std::uint32_t>(flags).value_or(0);
  return (bits & RTF_UP) != 0 && (bits & RTF_GATEWAY) != 0 && (bits & RTF_REJECT) == 0;
}

/// The kernel prints the address as a number of this machine's byte order.
std::optional<SocketAddress> v4_of(std::string_view hex) {
  const auto number = from_hex<std::uint32_t>(hex);
  if (!number || *number == 0) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &*number, bytes.size());
  return SocketAddress(bytes, 0);
}

std::optional<SocketAddress> v6_of(std::string_view hex, const std::string& interface) {
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  if (hex.size() != 2 * sizeof raw.sin6_addr.s6_addr) return std::nullopt;
  for (std::size_t i = 0; i < sizeof raw.sin6_addr.s6_addr; ++i) {
    const auto byte = from_hex<std::uint8_t>(hex.substr(2 * i, 2));
    if (!byte) return std::nullopt;
    raw.sin6_addr.s6_addr[i] = *byte;
  }
  if (IN6_IS_ADDR_UNSPECIFIED(&raw.sin6_addr)) return std::nullopt;
  if (IN6_IS_ADDR_LINKLOCAL(&raw.sin6_addr)) raw.sin6_scope_id = if_nametoindex(interface.c_str());
  return SocketAddress(reinterpret_cast<const sockaddr*>(&raw), sizeof raw);
}

/// The best of the routes that `read` finds in the lines of a file.
template <class Read>
std::optional<Gateway> best_route(const std::filesystem::path& file, Read read) {
  std::optional<Gateway> best;
  std::uint32_t best_metric = 0;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::uint32_t metric = 0;
    auto found = read(line, metric);
    if (!found || (best && metric >= best_metric)) continue;
    best = std::move(found);
    best_metric = metric;
  }
  return best;
}

}  // namespace

std::optional<Gateway> default_gateway_v4(const std::filesystem::path& proc_net) {
  return best_route(proc_net / "route",
                    [](const std::string& line, std::uint32_t& metric) -> std::optional<Gateway> {
                      std::string name, target, gateway, flags, used, use, mask;
                      if (!(std::istringstream(line) >> name >> target >> gateway >> flags >> used >> use >>
                            metric >> mask))
                        return std::nullopt;
                      if (target != "00000000" || mask != "00000000" || !leads_through_gateway(flags))
                        return std::nullopt;
                      const auto address = v4_of(gateway);
                      return address ? std::optional(Gateway{*address, name}) : std::nullopt;
                    });
}

std::optional<Gateway> default_gateway_v6(const std::filesystem::path& proc_net) {
  return best_route(
      proc_net / "ipv6_route", [](const std::string& line, std::uint32_t& metric) -> std::optional<Gateway> {
        std::string target, bits, source, source_bits, gateway, priority, used, use, flags, name;
        if (!(std::istringstream(line) >> target >> bits >> source >> source_bits >> gateway >> priority >>
              used >> use >> flags >> name))
          return std::nullopt;
        if (bits != "00" || source_bits != "00" || !leads_through_gateway(flags)) return std::nullopt;
        metric = from_hex<std::uint32_t>(priority).value_or(~0U);
        const auto address = v6_of(gateway, name);
        return address ? std::optional(Gateway{*address, name}) : std::nullopt;
      });
}

std::vector<SocketAddress> global_v6_addresses(const std::string& interface, std::size_t most) {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
  std::vector<SocketAddress> found;
  for (const ifaddrs* entry = raw; entry != nullptr && found.size() < most; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET6 || interface != entry->ifa_name)
      continue;
    const SocketAddress address(SocketAddress(entry->ifa_addr, sizeof(sockaddr_in6)).bytes(), 0);
    if (address.is_v6() && is_global(address)) found.push_back(address);
  }
  return found;
}

}  // namespace pixelpass::traversal
