#pragma once

#include "tunnel/knock.hpp"

#include <cstddef>
#include <functional>
#include <list>

namespace pixelpass::tunnel {

/// The secrets of a host's tickets: the newest, with which anybody may come in, and those of earlier tickets,
/// with which nobody new may. A viewer that came in with an earlier one has no other when it comes back.
/// Everybody else with an earlier one is still answered, to say that the ticket is no longer valid, which
/// silence would not. Sans-IO.
class TicketSecrets {
 public:
  /// How many earlier secrets are still answered: each costs a hash for every invalid knock.
  static constexpr std::size_t kEarlier = 8;

  explicit TicketSecrets(const Secret& secret) { newest_first_.emplace_front(secret); }

  /// Makes `secret` the newest. `is_in_use`: whether somebody who watches came in with it; such secrets are
  /// forgotten last.
  void renew(const Secret& secret, const std::function<bool(const Secret&)>& is_in_use);

  /// As KnockGate's.
  [[nodiscard]] bool is_good(ByteView knock) const;
  void use(ByteView knock);

  /// The secret that was used for this proof; null: none of them.
  [[nodiscard]] const Secret* proven_by(ByteView proof, ByteView session, ByteView exporter) const;
  [[nodiscard]] const Secret& newest() const { return newest_first_.front().secret; }

 private:
  struct Known {
    explicit Known(const Secret& its) : secret(its), gate(its) {}

    Secret secret;
    KnockGate gate;
  };

  std::list<Known> newest_first_;
};

}  // namespace pixelpass::tunnel
