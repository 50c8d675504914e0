#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/traversal/gather.hpp"
#include "pixelpass/traversal/interfaces.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

/// What a Gatherer knows, and when it is time to tell it. Sans-IO. Thread: one.
class Gathering {
 public:
  /// How long news are collected, so that several at nearly one time are told together.
  static constexpr Duration kSettle = 100ms;

  /// `relays`: will be ready or fail.
  Gathering(const SocketAddress& bound, std::size_t relays) : bound_(bound), relays_awaited_(relays) {}

  /// Begins anew, and tells after kLimit at the latest, or when it would have been told before: what servers
  /// and the port mapper have said is void. `names`: how many servers are looked up.
  void begin(std::vector<InterfaceAddress> interfaces, std::size_t names, Instant now);
  /// A name was looked up; those of `addresses` that this socket can ask and that nobody asks yet are
  /// returned, one a family. None were found: it will be looked up again, and nobody waits for that.
  std::vector<SocketAddress> on_name(const std::vector<SocketAddress>& addresses);
  void on_reflexive(const SocketAddress& server, const SocketAddress& outer, Instant now);
  void on_no_reflexive(const SocketAddress& server, Instant now);
  void on_mapped(const SocketAddress& inner, const SocketAddress& outer, Instant now);
  void on_mapping_lost(const SocketAddress& inner, Instant now);
  void on_relay_ready(const SocketAddress& relayed, Instant now);
  void on_relay_lost(const SocketAddress& relayed, Instant now);
  void on_relay_failed();

  /// What there is to tell now, if anything.
  std::optional<Gathered> poll(Instant now);
  /// When poll() may have something; may lie in the past.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

 private:
  struct Server {
    SocketAddress address;
    std::optional<SocketAddress> outer;
    bool answered = false;  ///< with an address, or by being silent for too long
  };
  struct Mapping {
    SocketAddress inner;
    SocketAddress outer;
  };

  [[nodiscard]] bool is_complete() const;
  [[nodiscard]] bool can_ask(const SocketAddress& server) const;
  [[nodiscard]] Server* find(const SocketAddress& server);
  [[nodiscard]] Surroundings surroundings(const std::vector<Candidate>& own) const;
  [[nodiscard]] Gathered gathered() const;
  void on_change(Instant now);

  const SocketAddress bound_;
  std::vector<InterfaceAddress> interfaces_;
  std::vector<Server> servers_;
  std::vector<Mapping> mappings_;
  std::vector<SocketAddress> relays_;
  std::size_t names_awaited_ = 0;
  std::size_t relays_awaited_;
  bool asks_ = false;
  std::optional<Instant> limit_;    ///< of a round that is not over
  std::optional<Instant> tell_at_;  ///< something has changed since
  std::optional<Gathered> told_;
};

}  // namespace pixelpass::traversal
