#include "web/retransmission_store.hpp"

#include <utility>

namespace pixelpass::web {

void RetransmissionStore::keep(SentPacket packet) {
  const auto now = packet.sent_at;
  bytes_ += packet.payload.size();
  packets_.push_back(std::move(packet));
  while (packets_.size() > kMaxPackets || bytes_ > kMaxBytes || now - packets_.front().sent_at > kMaxAge) {
    bytes_ -= packets_.front().payload.size();
    packets_.pop_front();
  }
}

SentPacket* RetransmissionStore::find(std::uint16_t sequence) {
  if (packets_.empty()) return nullptr;
  const auto behind = static_cast<std::uint16_t>(packets_.back().index - sequence);
  return behind < packets_.size() ? &packets_[packets_.size() - 1 - behind] : nullptr;
}

}  // namespace pixelpass::web
