#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pixelpass::traversal {

/// How data goes through a TURN server (RFC 8656 sections 10 to 12). Sans-IO.
inline constexpr std::uint16_t kFirstChannel = 0x4000;
inline constexpr std::uint16_t kLastChannel = 0x4fff;
inline constexpr std::size_t kChannelHeaderBytes = 4;

struct ChannelData {
  std::uint16_t channel = 0;
  ByteView data;
};
/// Reads ChannelData, with or without the padding of streams.
std::optional<ChannelData> read_channel_data(ByteView message);

/// Both return what was appended, in bytes.
std::size_t append_channel_data(Bytes& out, std::uint16_t channel, ByteView data, bool is_stream);
std::size_t append_send_indication(Bytes& out, const SocketAddress& peer, const TransactionId& id,
                                   ByteView data);

}  // namespace pixelpass::traversal
