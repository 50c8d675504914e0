#pragma once

#include "tunnel/knock.hpp"

#include <cstddef>
#include <functional>
#include <list>

namespace pixelpass::tunnel {

/// The secrets of a host's tickets: the newest, with which anybody may come in, and those of earlier tickets,
/// with which nobody new does. Who was in with an earlier one has no other when it comes back, and who never
/// was gets an answer all the same: that the ticket is not good any more, which silence would not say.
/// Sans-IO.
class TicketSecrets {
 public:
  /// Earlier ones that are still answered: each costs every knock that nobody made a hash.
  static constexpr std::size_t kEarlier = 8;

  explicit TicketSecrets(const Secret& secret) { newest_first_.emplace_front(secret); }

  /// `is_in_use`: somebody who watches came in with it; those are forgotten last.
  void renew(const Secret& secret, const std::function<bool(const Secret&)>& is_in_use);

  /// As KnockGate's.
  [[nodiscard]] bool is_good(ByteView knock) const;
  void use(ByteView knock);

  /// The one whose proof this is; null: of none.
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
