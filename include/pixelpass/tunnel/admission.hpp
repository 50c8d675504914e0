#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/wire/control.hpp"

#include <cstdint>

namespace pixelpass::tunnel {

/// Says who may watch: one for all the ways by which viewers come. Those ways prove who it is; whether he may
/// is not theirs to say.
/// Called while a tunnel works, so it must not call the tunnel. Thread: network.
class Admission {
 public:
  virtual ~Admission() = default;
  /// A viewer that has the ticket's secret wants to watch, or goes on over another connection. Its number,
  /// from 1, one per session id: it has a place from now on.
  virtual Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId& session) = 0;
  /// Its last connection has gone, and its place with it.
  virtual void release(std::uint32_t viewer) = 0;
};

}  // namespace pixelpass::tunnel
