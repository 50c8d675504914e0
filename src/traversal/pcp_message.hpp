#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/port_mapping.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pixelpass::traversal {

/// The Port Control Protocol's messages, version 2 (RFC 6887), as far as a port needs them: MAP and
/// ANNOUNCE, and of answers also what a gateway says that knows NAT-PMP alone. Sans-IO.

/// RFC 6887, 7: what answers may have at most. Longer ones are no PCP.
inline constexpr std::size_t kMaxPcpBytes = 1100;
/// Gateways hear requests here, and so do those of NAT-PMP (RFC 6887, 19.1; RFC 6886, 3).
inline constexpr std::uint16_t kPcpServerPort = 5351;
/// Clients hear there that a gateway has begun anew (RFC 6887, 14.1; RFC 6886, 3.2.1).
inline constexpr std::uint16_t kPcpClientPort = 5350;

/// Proves that whoever changes a mapping has made it.
using PcpNonce = std::array<std::uint8_t, 12>;

/// RFC 6887, 7.4, by its numbers.
enum class PcpResult : std::uint8_t {
  kSuccess = 0,
  kUnsupportedVersion = 1,
  kNotAuthorized = 2,
  kMalformedRequest = 3,
  kUnsupportedOpcode = 4,
  kUnsupportedOption = 5,
  kMalformedOption = 6,
  kNetworkFailure = 7,
  kNoResources = 8,
  kUnsupportedProtocol = 9,
  kUserExceedsQuota = 10,
  kCannotProvideExternal = 11,
  kAddressMismatch = 12,
  kExcessivePeers = 13,
};

/// For people; a number that is not in the list is an error too.
std::string_view words_of(PcpResult result);

/// A request for a port (RFC 6887, 11.1).
struct PcpMapRequest {
  SocketAddress client;  ///< the request's own source address, and the mapping's inner port
  PcpNonce nonce{};
  MappedTransport transport = MappedTransport::kUdp;
  std::chrono::seconds lifetime{};  ///< 0 removes the mapping
  SocketAddress suggested;          ///< outer address and port; all zeros of the client's family: any
};

struct PcpMapResponse {
  PcpNonce nonce{};
  std::uint8_t protocol = 0;  ///< MappedTransport, or another
  std::uint16_t inner_port = 0;
  SocketAddress outer;
};

/// An answer's header, and a MAP's part where there is one.
struct PcpResponse {
  PcpResult result = PcpResult::kSuccess;
  std::chrono::seconds lifetime{};  ///< of an error: how long asking again is in vain
  std::chrono::seconds epoch{};     ///< since the gateway lost its mappings
  std::optional<PcpMapResponse> map{};
  bool is_announcement = false;
};

Bytes write_pcp_map(const PcpMapRequest& request);
/// Nullopt: no answer of PCP's, or to something that is never asked here. What is in version 0, NAT-PMP's,
/// says that this version is not supported (RFC 6886, 3.5, and RFC 6887, 9); of its other fields none can be
/// relied on.
std::optional<PcpResponse> parse_pcp(ByteView bytes);

}  // namespace pixelpass::traversal
