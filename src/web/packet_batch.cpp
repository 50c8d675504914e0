#include "web/packet_batch.hpp"

#include <span>

namespace pixelpass::web {
namespace {

constexpr std::size_t kMaxBatchBytes = 60'000;
constexpr std::size_t kMaxSegments = 60;  // UDP_SEGMENT takes 64

}  // namespace

bool PacketBatch::make_room(std::size_t bytes, const net::Path& path, net::DatagramSink& sink) {
  const bool fits =
      bytes_.empty() || (bytes_.size() % segment_ == 0 && bytes <= segment_ &&
                         bytes_.size() + bytes <= kMaxBatchBytes && bytes_.size() / segment_ < kMaxSegments);
  return fits || send(path, sink);
}

void PacketBatch::append(const RtpHeader& header, ByteView before, const RtpPayload& payload,
                         std::uint64_t index) {
  const auto at = bytes_.size();
  const auto plain = header.size() + before.size() + payload.size();
  bytes_.resize(at + plain + tag_bytes_);
  const auto packet = std::span(bytes_).subspan(at);
  const auto header_bytes = write(header, packet);
  copy_bytes(before, packet.data() + header_bytes);
  write(payload, packet.subspan(header_bytes + before.size()));
  srtp_.seal_rtp(packet, header_bytes, plain, index);
  if (at == 0) segment_ = packet.size();
}

bool PacketBatch::send(const net::Path& path, net::DatagramSink& sink) {
  if (bytes_.empty()) return true;
  if (!sink.send(path, bytes_, segment_, 0)) return false;
  bytes_.clear();
  return true;
}

}  // namespace pixelpass::web
