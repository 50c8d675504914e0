#pragma once

#include "pixelpass/net/path.hpp"
#include "pixelpass/traversal/agent.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace pixelpass::traversal {

/// The datagrams and the events of the agent's parts. Sans-IO.
class AgentOutput {
 public:
  /// `hops` 0: as many as the system gives. When the socket has been full for long, one more is lost.
  void send(const net::Path& path, Bytes datagram, int hops = 0);
  void tell(AgentEvent event) { events_.push_back(std::move(event)); }

  /// False: the sink is full, and some still wait.
  bool drain(net::DatagramSink& sink);
  std::optional<AgentEvent> poll_event();

 private:
  struct Datagram {
    net::Path path;
    Bytes bytes;
    int hops = 0;
  };

  std::deque<Datagram> waiting_;
  std::deque<AgentEvent> events_;
};

}  // namespace pixelpass::traversal
