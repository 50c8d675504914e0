#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/wire/control.hpp"

#include <cstdint>

namespace pixelpass::tunnel {

/// Decides who may watch, for all the ways by which viewers come. Those prove who a viewer is, and leave it
/// to this whether it may watch.
/// Called while a tunnel works, so it must not call the tunnel. Thread: network.
class Admission {
 public:
  virtual ~Admission() = default;
  /// A viewer that has the ticket's secret wants to watch, or goes on over another connection. Returns its
  /// number, from 1, one for each session id: it has a place from now on.
  virtual Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId& session) = 0;
  /// The viewer's last connection has gone, and its place with it.
  virtual void release(std::uint32_t viewer) = 0;
};

}  // namespace pixelpass::tunnel
