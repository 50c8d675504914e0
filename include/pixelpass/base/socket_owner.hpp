#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace pixelpass {

/// Asks the kernel which user owns a TCP socket of this machine. SO_PEERCRED works for Unix sockets only, so
/// this uses sock_diag(7), which answers at once. Both ends of a loopback connection can be asked about.
/// Thread: any one.
class SocketOwners {
 public:
  /// Tests the query with a socket of its own.
  SocketOwners();

  /// False: this kernel does not tell (built without it, a sandbox, a security module); user_of() is then
  /// nullopt.
  [[nodiscard]] bool can_ask() const { return can_ask_; }
  /// The user whose program holds the socket that is bound to `its` and connected to `peer` (for a listening
  /// one: zeros) at this moment. Nullopt: there is none, or no program holds it: it was closed, or not
  /// accepted yet.
  [[nodiscard]] std::optional<uid_t> user_of(const SocketAddress& its, const SocketAddress& peer) const;

 private:
  Descriptor netlink_;
  mutable std::uint32_t asked_ = 0;  ///< so often; what an answer is told by
  bool can_ask_ = false;
};

/// Whether a socket of `user`'s may get what belongs to this user: ours and root's may. When root runs us,
/// everybody's may, since root may run players as another user.
bool is_trusted(uid_t user);

}  // namespace pixelpass
