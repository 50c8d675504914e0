#include "traversal/upnp_gateway.hpp"

#include "pixelpass/base/random.hpp"

#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace pixelpass::traversal {
namespace {

constexpr int kUpnpSearchMs = 1000;  // routers answer within MX, which the library makes of this
constexpr unsigned char kUpnpHops = 2;
constexpr int kUpnpOtherPorts = 3;
// Errors of AddPortMapping (IGD 1, 2.4.16).
constexpr int kUpnpConflict = 718, kUpnpSamePortsOnly = 724, kUpnpPermanentOnly = 725;
constexpr std::uint16_t kUpnpFirstPort = 1024;
constexpr auto kUpnpLongestPinhole = std::chrono::seconds(86'400);

std::string upnp_address(const SocketAddress& address) {
  SocketAddress bare = address;
  bare.set_port(0);
  const std::string text = bare.to_string();  // "192.0.2.1:0", "[2001:db8::1]:0"
  return address.is_v6() ? text.substr(1, text.find(']') - 1) : text.substr(0, text.find(':'));
}

std::string upnp_words(int error) {
  if (error < 0) return "the router does not answer as UPnP has it";
  const char* words = strupnperror(error);
  return "the router refuses: " + (words != nullptr ? std::string(words) : "error " + std::to_string(error));
}

/// "192.168.1.1" of "http://192.168.1.1:5000/x", an IPv6 address without its brackets.
std::optional<SocketAddress> literal_host(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::nullopt;
  const std::string_view rest = url.substr(kScheme.size());
  const bool bracketed = rest.starts_with('[');
  const auto end = bracketed ? rest.find(']') : rest.find_first_of(":/");
  if (end == rest.npos) return std::nullopt;
  const auto after = rest.substr(bracketed ? end + 1 : end);
  if (!after.starts_with(':') && !after.starts_with('/')) return std::nullopt;
  return SocketAddress::parse(rest.substr(0, bracketed ? end + 1 : end));
}

std::uint16_t random_port() {
  std::array<std::uint8_t, 2> drawn{};
  system_random(drawn);
  const int number = drawn[0] << 8 | drawn[1];
  return static_cast<std::uint16_t>(kUpnpFirstPort + number % (0x10000 - kUpnpFirstPort));
}

struct FreeDevices {
  void operator()(UPNPDev* devices) const { freeUPNPDevlist(devices); }
};
using Devices = std::unique_ptr<UPNPDev, FreeDevices>;

Devices search(const Gateway& gateway, const SocketAddress& inner) {
  int error = 0;
  const std::string where = inner.is_v6() ? gateway.interface : upnp_address(inner);
  return Devices(upnpDiscover(kUpnpSearchMs, where.c_str(), nullptr, UPNP_LOCAL_PORT_ANY,
                              inner.is_v6() ? 1 : 0, kUpnpHops, &error));
}

}  // namespace

bool is_urls_host(std::string_view url, const SocketAddress& gateway, const SocketAddress& inner) {
  const auto host = literal_host(url);
  if (!host || host->is_v6() != inner.is_v6()) return false;
  if (std::ranges::equal(host->bytes(), gateway.bytes())) return true;
  constexpr std::size_t kNetworkBytes = 8;
  return inner.is_v6() &&
         std::ranges::equal(host->bytes().first(kNetworkBytes), inner.bytes().first(kNetworkBytes));
}

UpnpGateway::UpnpGateway(UpnpGateway&& other) noexcept
    : transport_(other.transport_), urls_(std::exchange(other.urls_, UPNPUrls{})), data_(other.data_) {}

UpnpGateway::~UpnpGateway() {
  FreeUPNPUrls(&urls_);
}

UpnpGateway::Outcome<UpnpGateway> UpnpGateway::find(const Gateway& gateway, const SocketAddress& inner,
                                                    MappedTransport transport) {
  std::string why = "no router answers";
  const Devices devices = search(gateway, inner);
  for (const UPNPDev* device = devices.get(); device != nullptr; device = device->pNext) {
    if (!is_urls_host(device->descURL, gateway.address, inner)) continue;
    UpnpGateway found;
    found.transport_ = transport;
    const auto read = found.read_description(device->descURL, gateway, inner);
    if (read) return found;
    why = read.error().why;
  }
  return Failure{why};
}

UpnpGateway::Outcome<void> UpnpGateway::read_description(const char* url, const Gateway& gateway,
                                                         const SocketAddress& inner) {
  std::array<char, 64> local{};
  if (UPNP_GetIGDFromUrl(url, &urls_, &data_, local.data(), static_cast<int>(local.size())) != 1)
    return Failure{"the router's description cannot be read"};
  const char* control = inner.is_v6() ? urls_.controlURL_6FC : urls_.controlURL;
  const char* service = inner.is_v6() ? data_.IPv6FC.servicetype : data_.first.servicetype;
  if (control == nullptr || *service == '\0') return Failure{"the router does not map ports"};
  if (!is_urls_host(control, gateway.address, inner)) return Failure{"the router names another machine"};
  if (!inner.is_v6() && !outer_address() && data_.second.servicetype[0] != '\0') {
    take_second_connection();
    if (!is_urls_host(urls_.controlURL, gateway.address, inner))
      return Failure{"the router names another machine"};
  }
  return {};
}

/// A router with both kinds of connection (IP and PPP) uses one of them.
void UpnpGateway::take_second_connection() {
  std::swap(data_.first, data_.second);
  const std::string url = urls_.rootdescURL;
  FreeUPNPUrls(&urls_);
  GetUPNPUrls(&urls_, &data_, url.c_str(), 0);
}

std::optional<SocketAddress> UpnpGateway::outer_address() const {
  std::array<char, 64> text{};
  if (UPNP_GetExternalIPAddress(urls_.controlURL, data_.first.servicetype, text.data()) != 0)
    return std::nullopt;
  text.back() = '\0';
  const auto address = SocketAddress::parse(text.data());
  const bool is_one = address && !address->is_v6() && !address->is_unspecified();
  return is_one ? address : std::nullopt;
}

int UpnpGateway::add(const SocketAddress& inner, std::uint16_t outer_port,
                     std::chrono::seconds lifetime) const {
  return UPNP_AddPortMapping(urls_.controlURL, data_.first.servicetype, std::to_string(outer_port).c_str(),
                             std::to_string(inner.port()).c_str(), upnp_address(inner).c_str(), "pixelpass",
                             transport_name(), nullptr, std::to_string(lifetime.count()).c_str());
}

UpnpGateway::Outcome<UpnpGateway::Port> UpnpGateway::map(const SocketAddress& inner, std::uint16_t wanted,
                                                         std::chrono::seconds lifetime) {
  auto outer = outer_address();
  if (!outer) return Failure{"the router has no outer address"};
  int error = add(inner, wanted, lifetime);
  if (error == kUpnpPermanentOnly) {
    lifetime = std::chrono::seconds(0);
    error = add(inner, wanted, lifetime);
  }
  for (int i = 0; i < kUpnpOtherPorts && error == kUpnpConflict; ++i)
    error = add(inner, wanted = random_port(), lifetime);
  if (error == kUpnpSamePortsOnly && wanted != inner.port())
    error = add(inner, wanted = inner.port(), lifetime);
  if (error != 0) return Failure{upnp_words(error)};
  outer->set_port(wanted);
  return Port{*outer, lifetime};
}

void UpnpGateway::unmap(const SocketAddress& outer) {
  UPNP_DeletePortMapping(urls_.controlURL, data_.first.servicetype, std::to_string(outer.port()).c_str(),
                         transport_name(), nullptr);
}

UpnpGateway::Outcome<UpnpGateway::Pinhole> UpnpGateway::open(const SocketAddress& inner,
                                                             std::chrono::seconds lifetime) {
  std::array<char, 64> number{};
  const auto lease = std::to_string(std::min(lifetime, kUpnpLongestPinhole).count());
  const auto transport = std::to_string(static_cast<int>(transport_));
  const int error = UPNP_AddPinhole(urls_.controlURL_6FC, data_.IPv6FC.servicetype, "empty", "0",
                                    upnp_address(inner).c_str(), std::to_string(inner.port()).c_str(),
                                    transport.c_str(), lease.c_str(), number.data());
  if (error != 0) return Failure{upnp_words(error)};
  number.back() = '\0';
  if (number.front() == '\0') return Failure{"the router does not answer as UPnP has it"};
  return Pinhole{number.data()};
}

UpnpGateway::Outcome<void> UpnpGateway::renew(const Pinhole& pinhole, std::chrono::seconds lifetime) {
  const auto lease = std::to_string(std::min(lifetime, kUpnpLongestPinhole).count());
  const int error = UPNP_UpdatePinhole(urls_.controlURL_6FC, data_.IPv6FC.servicetype, pinhole.number.c_str(),
                                       lease.c_str());
  if (error != 0) return Failure{upnp_words(error)};
  return {};
}

void UpnpGateway::close(const Pinhole& pinhole) {
  UPNP_DeletePinhole(urls_.controlURL_6FC, data_.IPv6FC.servicetype, pinhole.number.c_str());
}

}  // namespace pixelpass::traversal
