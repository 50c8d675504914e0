#include "traversal/send_queue.hpp"

#include <utility>

namespace pixelpass::traversal {
namespace {

/// ChannelData (its first byte; RFC 8656 section 12) or a Send indication (its type; RFC 8489 section 18.2).
bool is_for_peers(ByteView messages) {
  const bool channel = !messages.empty() && messages[0] >= 0x40 && messages[0] < 0x80;
  const bool indication = messages.size() > 1 && messages[0] == 0x00 && messages[1] == 0x16;
  return channel || indication;
}

}  // namespace

SendQueue::Put SendQueue::put(ByteView messages) {
  const std::size_t size = waiting_.size() + written_.size() + messages.size();
  const bool live = is_for_peers(messages);
  if (live && size > most_) {
    dropped_bytes_ += messages.size();
    return Put::kDropped;
  }
  if (size > 2 * most_) return Put::kBroken;
  waiting_.insert(waiting_.end(), messages.begin(), messages.end());
  return Put::kTaken;
}

ByteView SendQueue::take() {
  if (!written_.empty()) return {};
  std::swap(written_, waiting_);
  return written_;
}

void SendQueue::done() {
  written_.clear();
}

}  // namespace pixelpass::traversal
