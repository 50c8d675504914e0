#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/traversal/port_mapping.hpp"

#include "traversal/default_gateway.hpp"
#include <miniupnpc/miniupnpc.h>

#include <chrono>
#include <optional>
#include <string>

namespace pixelpass::traversal {

/// Whether a URL of a UPnP device's leads to the gateway, or (IPv6, where a router tells another address than
/// the one it routes with) to a machine of our own network: "http://" and a literal address. Others are not
/// asked for anything: any machine of the network can answer a search, and name whatever address it wants us
/// to send to.
bool is_urls_host(std::string_view url, const SocketAddress& gateway, const SocketAddress& inner);

/// A router that maps ports by UPnP (Internet Gateway Device 1 and 2), by libminiupnpc. Every call waits, for
/// seconds at worst. Thread: the caller's, one. Failures are in words for people.
class UpnpGateway {
 public:
  struct Failure {
    std::string why;
    /// Lets `Outcome<T>::value()` throw what main catches.
    [[noreturn]] friend void throw_exception_from_error(const Failure& failure,
                                                        const boost::source_location&) {
      throw StartupError(failure.why, "do without: --no-port-mapping");
    }
  };
  template <class T>
  using Outcome = Result<T, Failure>;

  /// Searches for a second on the interface that `inner` is of, and takes the gateway alone for an answer.
  /// `transport`: of all that is mapped then.
  static Outcome<UpnpGateway> find(const Gateway& gateway, const SocketAddress& inner,
                                   MappedTransport transport);
  UpnpGateway(UpnpGateway&&) noexcept;
  UpnpGateway& operator=(UpnpGateway&&) = delete;
  ~UpnpGateway();

  struct Port {
    SocketAddress outer;
    std::chrono::seconds lifetime{};  ///< 0: until the router is restarted
  };
  /// Maps a port, or renews it. `wanted`: the outer port that is tried first.
  Outcome<Port> map(const SocketAddress& inner, std::uint16_t wanted, std::chrono::seconds lifetime);
  void unmap(const SocketAddress& outer);

  struct Pinhole {
    std::string number;
  };
  /// Opens the firewall for an IPv6 address.
  Outcome<Pinhole> open(const SocketAddress& inner, std::chrono::seconds lifetime);
  Outcome<void> renew(const Pinhole& pinhole, std::chrono::seconds lifetime);
  void close(const Pinhole& pinhole);

 private:
  UpnpGateway() = default;
  Outcome<void> read_description(const char* url, const Gateway& gateway, const SocketAddress& inner);
  [[nodiscard]] std::optional<SocketAddress> outer_address() const;
  void take_second_connection();
  /// As a mapping has it; a pinhole has the number.
  [[nodiscard]] const char* transport_name() const {
    return transport_ == MappedTransport::kTcp ? "TCP" : "UDP";
  }
  int add(const SocketAddress& inner, std::uint16_t outer_port, std::chrono::seconds lifetime) const;

  MappedTransport transport_ = MappedTransport::kUdp;
  UPNPUrls urls_{};
  IGDdatas data_{};
};

}  // namespace pixelpass::traversal
