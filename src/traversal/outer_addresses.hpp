#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "traversal/agent_output.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

/// Asks STUN servers for our outer address, again and again (RFC 8489 section 6.2.1, with less patience).
/// Sans-IO.
class OuterAddresses {
 public:
  OuterAddresses(Random random, AgentOutput& output) : random_(std::move(random)), output_(output) {}

  void ask(const SocketAddress& server, Instant now);
  void forget() { servers_.clear(); }

  /// Whether it answers a question of ours; only then is anything done about it.
  bool on_answer(const SocketAddress& from, const StunMessage& answer);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

 private:
  struct Server {
    SocketAddress address;
    TransactionId id{};
    Instant round_began{};
    std::size_t sent = 0;   ///< in this round
    bool answered = false;  ///< this round
    std::optional<SocketAddress> outer{};
    bool told_none = false;
  };

  void begin_round(Server& server, Instant now);
  void send(Server& server);
  void advance(Server& server, Instant now);
  void tell_none(Server& server);
  static Instant due(const Server& server);

  Random random_;
  AgentOutput& output_;
  std::vector<Server> servers_;
};

}  // namespace pixelpass::traversal
