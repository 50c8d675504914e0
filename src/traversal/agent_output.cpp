#include "traversal/agent_output.hpp"

#include <utility>

namespace pixelpass::traversal {
namespace {

constexpr std::size_t kMaxWaiting = 256;

}  // namespace

void AgentOutput::send(const net::Path& path, Bytes datagram, int hops) {
  if (waiting_.size() < kMaxWaiting) waiting_.push_back({path, std::move(datagram), hops});
}

bool AgentOutput::drain(net::DatagramSink& sink) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const auto& next = waiting_.front();
    const bool taken = next.hops != 0 ? sink.send_near(next.path, next.bytes, next.hops)
                                      : sink.send(next.path, next.bytes, next.bytes.size(), 0);
    if (!taken) return false;
  }
  return true;
}

std::optional<AgentEvent> AgentOutput::poll_event() {
  if (events_.empty()) return std::nullopt;
  std::optional<AgentEvent> event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace pixelpass::traversal
