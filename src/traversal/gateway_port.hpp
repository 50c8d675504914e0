#pragma once

#include "pixelpass/traversal/port_mapping.hpp"

#include "traversal/nat_pmp_mapping.hpp"
#include "traversal/pcp_mapping.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::traversal {

/// One port that the gateway is asked for by PCP, and where that does not work (IPv4) by NAT-PMP, which
/// routers had before and which has the same port. Thread: network.
class GatewayPort {
 public:
  /// Never called from within a call of ours, and never after release() or the destructor.
  struct Handlers {
    /// Also when the outer address has become another one.
    std::function<void(const PortMapping&)> on_mapped;
    std::function<void(bool was_mapped, const std::string& why)> on_over;  ///< the last call
  };

  struct Asked {
    MappedTransport transport = MappedTransport::kUdp;
    std::chrono::seconds lifetime{};
  };

  GatewayPort(boost::asio::io_context& io, const SocketAddress& inner, const SocketAddress& gateway,
              Asked asked, Handlers handlers);
  /// release().
  ~GatewayPort();
  GatewayPort(const GatewayPort&) = delete;
  GatewayPort& operator=(const GatewayPort&) = delete;

  /// The gateway (nobody else) has said this on kPcpClientPort.
  void on_announcement(ByteView bytes);
  /// The mapping may have been removed.
  void renew();
  /// Gives the mapping back.
  void release();
  /// Waits until what was released is given back, or this moment.
  void finish(Instant deadline);

 private:
  void on_pcp(const PcpClient::Event& event);
  void start_nat_pmp(const std::string& why_no_pcp);

  boost::asio::io_context& io_;
  const SocketAddress inner_;
  const SocketAddress gateway_;
  const Asked asked_;
  Handlers handlers_;
  std::shared_ptr<PcpMapping> pcp_;
  std::shared_ptr<NatPmpMapping> nat_pmp_;
};

}  // namespace pixelpass::traversal
