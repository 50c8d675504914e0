#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace pixelpass {

/// Asks the kernel which user a TCP socket of this machine belongs to: SO_PEERCRED is for Unix sockets alone,
/// so this is sock_diag(7), which answers within the call that asks and so keeps nobody waiting. Both ends of
/// a loopback connection can be asked about. Thread: any one.
class SocketOwners {
 public:
  /// Tries it out with a socket of its own.
  SocketOwners();

  /// False: this kernel does not say (built without it, a sandbox, a security module); user_of() is nullopt.
  [[nodiscard]] bool can_ask() const { return can_ask_; }
  /// The user whose program holds the socket that is bound to `its` and connected to `peer` (a listening one:
  /// to an address of zeros), at this moment. Nullopt: there is none, or no program holds it: it was closed,
  /// or was not accepted yet.
  [[nodiscard]] std::optional<uid_t> user_of(const SocketAddress& its, const SocketAddress& peer) const;

 private:
  Descriptor netlink_;
  mutable std::uint32_t asked_ = 0;  ///< so often; what an answer is told by
  bool can_ask_ = false;
};

/// Whether a socket of `user`'s may be given what is this user's. Ours and root's may. When root runs us
/// everybody's: he may well have his players run as another user.
bool is_trusted(uid_t user);

}  // namespace pixelpass
