#include "traversal/pcp_message.hpp"

#include <netinet/in.h>

#include <algorithm>

namespace pixelpass::traversal {
namespace {

constexpr std::uint8_t kPcpVersion = 2;
constexpr std::uint8_t kNatPmpVersion = 0;
constexpr std::uint8_t kPcpResponseBit = 0x80;
constexpr std::uint8_t kPcpAnnounce = 0;
constexpr std::uint8_t kPcpMap = 1;
constexpr std::size_t kPcpHeaderBytes = 24;
constexpr std::size_t kPcpMapBytes = 36;
constexpr std::size_t kNatPmpErrorBytes = 4;  // version, opcode, result: enough to see that it is one

void put_pcp_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_pcp_u32(Bytes& out, std::uint32_t value) {
  put_pcp_u16(out, static_cast<std::uint16_t>(value >> 16));
  put_pcp_u16(out, static_cast<std::uint16_t>(value));
}

/// Always 16 bytes: IPv4 as ::ffff:a.b.c.d (RFC 6887, 5).
void put_pcp_address(Bytes& out, const SocketAddress& address) {
  const SocketAddress mapped = address.mapped();
  out.insert(out.end(), mapped.bytes().begin(), mapped.bytes().end());
}

std::uint16_t pcp_u16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::chrono::seconds pcp_seconds(ByteView bytes, std::size_t at) {
  return std::chrono::seconds(std::uint32_t{pcp_u16(bytes, at)} << 16 | pcp_u16(bytes, at + 2));
}

PcpMapResponse parse_map_part(ByteView part) {
  PcpMapResponse map;
  std::ranges::copy(part.first(map.nonce.size()), map.nonce.begin());
  map.protocol = part[12];
  map.inner_port = pcp_u16(part, 16);
  map.outer = SocketAddress(part.subspan(20, 16), pcp_u16(part, 18)).unmapped();
  return map;
}

std::optional<PcpResponse> parse_nat_pmp_refusal(ByteView bytes) {
  const bool is_error = bytes.size() >= kNatPmpErrorBytes && pcp_u16(bytes, 2) != 0;
  if (!is_error) return std::nullopt;
  return PcpResponse{.result = PcpResult::kUnsupportedVersion};
}

}  // namespace

std::string_view words_of(PcpResult result) {
  switch (result) {
    case PcpResult::kSuccess:
      return "done";
    case PcpResult::kUnsupportedVersion:
      return "the gateway speaks another version";
    case PcpResult::kNotAuthorized:
      return "the gateway does not permit it";
    case PcpResult::kNetworkFailure:
      return "the gateway has no outer address";
    case PcpResult::kNoResources:
      return "the gateway has no room for more mappings";
    case PcpResult::kUserExceedsQuota:
      return "the gateway gives this machine no more mappings";
    case PcpResult::kCannotProvideExternal:
      return "the gateway cannot give that outer port";
    case PcpResult::kAddressMismatch:
      return "another NAT is between this machine and the gateway";
    case PcpResult::kUnsupportedOpcode:
    case PcpResult::kUnsupportedOption:
    case PcpResult::kUnsupportedProtocol:
      return "the gateway does not map ports";
    case PcpResult::kMalformedRequest:
    case PcpResult::kMalformedOption:
    case PcpResult::kExcessivePeers:
      break;
  }
  return "the gateway does not understand the request";
}

Bytes write_pcp_map(const PcpMapRequest& request) {
  Bytes out;
  out.reserve(kPcpHeaderBytes + kPcpMapBytes);
  out.insert(out.end(), {kPcpVersion, kPcpMap, 0, 0});
  put_pcp_u32(out, static_cast<std::uint32_t>(request.lifetime.count()));
  put_pcp_address(out, request.client);
  out.insert(out.end(), request.nonce.begin(), request.nonce.end());
  out.insert(out.end(), {static_cast<std::uint8_t>(request.transport), 0, 0, 0});
  put_pcp_u16(out, request.client.port());
  put_pcp_u16(out, request.suggested.port());
  put_pcp_address(out, request.suggested);
  return out;
}

std::optional<PcpResponse> parse_pcp(ByteView bytes) {
  if (bytes.size() > kMaxPcpBytes || bytes.size() < 2 || (bytes[1] & kPcpResponseBit) == 0)
    return std::nullopt;
  if (bytes[0] == kNatPmpVersion) return parse_nat_pmp_refusal(bytes);
  if (bytes.size() < kPcpHeaderBytes || bytes.size() % 4 != 0) return std::nullopt;
  PcpResponse response{.result = static_cast<PcpResult>(bytes[3]),
                       .lifetime = pcp_seconds(bytes, 4),
                       .epoch = pcp_seconds(bytes, 8)};
  // Of another version only this is the same: the header, and what it says about versions (RFC 6887, 9).
  if (response.result == PcpResult::kUnsupportedVersion) return response;
  if (bytes[0] != kPcpVersion) return std::nullopt;
  const auto opcode = static_cast<std::uint8_t>(bytes[1] & ~kPcpResponseBit);
  const ByteView rest = bytes.subspan(kPcpHeaderBytes);
  response.is_announcement = opcode == kPcpAnnounce;
  if (opcode == kPcpMap && rest.size() >= kPcpMapBytes) response.map = parse_map_part(rest);
  if (!response.map && !response.is_announcement) return std::nullopt;
  return response;
}

}  // namespace pixelpass::traversal
