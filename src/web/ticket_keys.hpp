#pragma once

#include "web/ice_lite.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <optional>

namespace pixelpass::web {

/// The secrets of a host's tickets: the newest, with which anybody may come in, and those of earlier tickets,
/// with which nobody does but who was in with it. Sans-IO.
class TicketKeys {
 public:
  /// Earlier ones that are still known: each costs every check that nobody signed two hashes.
  static constexpr std::size_t kEarlier = 8;

  struct Known {
    explicit Known(const Secret& its) : secret(its), ice(its) {}

    Secret secret;
    IceLite ice;
  };
  struct Read {
    Check check;
    const Known* key = nullptr;
    bool is_newest = false;
  };

  explicit TicketKeys(const Secret& secret) { newest_first_.emplace_front(secret); }

  /// `is_in_use`: somebody who watches came in with it; those are forgotten last.
  void renew(const Secret& secret, const std::function<bool(const Secret&)>& is_in_use);
  /// As IceLite's, by the key that the check was signed with.
  [[nodiscard]] std::optional<Read> read(ByteView datagram) const;

 private:
  std::list<Known> newest_first_;
};

}  // namespace pixelpass::web
