#include "traversal/turn_data.hpp"

#include "traversal/stun_wire.hpp"

namespace pixelpass::traversal {

std::optional<ChannelData> read_channel_data(ByteView message) {
  if (message.size() < kChannelHeaderBytes) return std::nullopt;
  const auto channel = read_u16(message, 0);
  const std::size_t length = read_u16(message, 2);
  if (channel < kFirstChannel || channel > kLastChannel) return std::nullopt;
  if (length > message.size() - kChannelHeaderBytes) return std::nullopt;
  return ChannelData{channel, message.subspan(kChannelHeaderBytes, length)};
}

std::size_t append_channel_data(Bytes& out, std::uint16_t channel, ByteView data, bool is_stream) {
  const auto before = out.size();
  append_u16(out, channel);
  append_u16(out, static_cast<std::uint16_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
  if (is_stream) out.resize(before + padded(out.size() - before));
  return out.size() - before;
}

std::size_t append_send_indication(Bytes& out, const SocketAddress& peer, const TransactionId& id,
                                   ByteView data) {
  StunWriter writer(StunClass::kIndication, StunMethod::kSend, id);
  writer.add_xor_address(StunAttribute::kXorPeerAddress, peer).add(StunAttribute::kData, data);
  out.insert(out.end(), writer.bytes().begin(), writer.bytes().end());
  return writer.bytes().size();
}

}  // namespace pixelpass::traversal
