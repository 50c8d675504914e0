#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include "traversal/stun_wire.hpp"
#include "traversal/turn_data.hpp"

namespace pixelpass::traversal {
namespace {

/// Goes by what is there of a message, four bytes at least.
bool could_begin_message(ByteView rest) {
  if (rest[0] >= 0x40) return read_u16(rest, 0) >= kFirstChannel && read_u16(rest, 0) <= kLastChannel;
  const bool has_cookie = rest.size() >= kTransactionAt;
  return read_u16(rest, 2) % 4 == 0 && (!has_cookie || read_u32(rest, kCookieAt) == kMagicCookie);
}

std::size_t message_bytes(ByteView rest) {
  return (rest[0] >= 0x40 ? kChannelHeaderBytes : kStunHeaderBytes) + read_u16(rest, 2);
}

}  // namespace

bool TurnStreamReader::feed(ByteView bytes, std::vector<Bytes>& out) {
  if (is_broken_) return false;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (pending_.size() - at >= kChannelHeaderBytes) {
    const auto rest = ByteView(pending_).subspan(at);
    is_broken_ = !could_begin_message(rest);
    const auto length = message_bytes(rest);
    if (is_broken_ || rest.size() < padded(length)) break;
    out.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(length));
    at += padded(length);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
  return !is_broken_;
}

}  // namespace pixelpass::traversal
