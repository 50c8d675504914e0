#include "traversal/gateway_port.hpp"

#include <utility>

namespace pixelpass::traversal {
namespace {

/// RFC 6886, 3.2.1: twelve bytes of version 0, "public address".
bool is_nat_pmp_announcement(ByteView bytes) {
  constexpr std::size_t kSize = 12;
  return bytes.size() >= kSize && bytes[0] == 0 && bytes[1] == 0x80;
}

}  // namespace

GatewayPort::GatewayPort(boost::asio::io_context& io, const SocketAddress& inner,
                         const SocketAddress& gateway, Asked asked, Handlers handlers)
    : io_(io), inner_(inner), gateway_(gateway), asked_(asked), handlers_(std::move(handlers)) {
  pcp_ = PcpMapping::make(io_, {.inner = inner_, .transport = asked_.transport, .lifetime = asked_.lifetime},
                          gateway_, [this](const PcpClient::Event& event) { on_pcp(event); });
  pcp_->start();
}

GatewayPort::~GatewayPort() {
  release();
}

void GatewayPort::on_pcp(const PcpClient::Event& event) {
  if (const auto* mapped = std::get_if<PcpClient::Mapped>(&event))
    return handlers_.on_mapped({inner_, mapped->outer, MappingProtocol::kPcp, mapped->lifetime});
  const auto over = std::get<PcpClient::Over>(event);
  const std::string why = "PCP: " + over.why;
  if (!inner_.is_v6() && !over.was_mapped) return start_nat_pmp(why);
  const auto call = handlers_.on_over;  // which may let go of us
  call(over.was_mapped, why);
}

void GatewayPort::start_nat_pmp(const std::string& why_no_pcp) {
  nat_pmp_ =
      NatPmpMapping::make(io_, gateway_, {inner_.port(), asked_.transport, asked_.lifetime},
                          {.on_mapped =
                               [this](const SocketAddress& outer, std::chrono::seconds lifetime) {
                                 handlers_.on_mapped({inner_, outer, MappingProtocol::kNatPmp, lifetime});
                               },
                           .on_over =
                               [this, why_no_pcp](bool was_mapped, const std::string& why) {
                                 const auto call = handlers_.on_over;  // which may let go of us
                                 call(was_mapped, why_no_pcp + "; NAT-PMP: " + why);
                               }});
  nat_pmp_->start();
}

void GatewayPort::on_announcement(ByteView bytes) {
  const auto announcement = parse_pcp(bytes);
  if (announcement && announcement->is_announcement) pcp_->on_announcement(*announcement);
  if (nat_pmp_ && is_nat_pmp_announcement(bytes)) nat_pmp_->renew();
}

void GatewayPort::renew() {
  pcp_->renew();
  if (nat_pmp_) nat_pmp_->renew();
}

void GatewayPort::release() {
  pcp_->release();
  if (nat_pmp_) nat_pmp_->release();
}

void GatewayPort::finish(Instant deadline) {
  pcp_->finish(deadline);
  if (nat_pmp_) nat_pmp_->finish(deadline);
}

}  // namespace pixelpass::traversal
