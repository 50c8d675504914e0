#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/traversal/gather.hpp"

#include "app/host/ticket_terms.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::app {

/// The ticket as it is told, of the terms and the ways that are known: none before the host shares, since
/// nobody is to be given one of a screen that its user may not want to share after all; then whenever it is
/// another one. Sans-IO. Thread: network.
class TicketTeller {
 public:
  /// The ticket, and all that it was made of.
  using Told = std::function<void(const std::string& ticket, const std::vector<Candidate>& candidates)>;

  /// `bound`: where the socket listens. `terms` and `events` outlive it. `told` may be empty.
  TicketTeller(const TicketTerms& terms, const SocketAddress& bound, EventSink& events, Told told)
      : terms_(terms), bound_(bound), events_(events), told_to_(std::move(told)) {}

  /// The host shares.
  void open() { is_open_ = true; }
  void set_found(const traversal::Gathered& found) { found_ = found; }
  void set_relay(const std::optional<Relay>& relay) { relay_ = relay; }
  [[nodiscard]] const std::optional<Relay>& relay() const { return relay_; }
  /// If it is another one than was told last.
  void tell();

 private:
  [[nodiscard]] Ticket ticket() const;
  void object(const Ticket& ticket);
  void tell_what_is_left_out(const Ticket& ticket);

  const TicketTerms& terms_;
  const SocketAddress bound_;
  EventSink& events_;
  const Told told_to_;
  bool is_open_ = false;
  std::optional<traversal::Gathered> found_;
  std::optional<Relay> relay_;
  std::string told_;       ///< the ticket that was told last
  std::string left_out_;   ///< what was told last of addresses that it lacks
  bool objected_ = false;  ///< told that nobody can come in
};

}  // namespace pixelpass::app
