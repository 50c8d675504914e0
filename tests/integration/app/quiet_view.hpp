#pragma once

#include "pixelpass/base/random.hpp"

#include "app/view/viewer_session.hpp"

#include <optional>

namespace pixelpass::app {

/// A viewer's session that nothing answers, since nobody drives it.
inline ViewerSessionSettings quiet_view(PlayerEnd player_end = PlayerEnd::kUsual) {
  ViewerSessionSettings settings;
  settings.player_end = player_end;
  settings.tunnel.ticket.candidates = {{CandidateKind::kHost, *SocketAddress::parse("127.0.0.1:9")}};
  settings.started_at = Clock::now();
  settings.load = [] { return ViewLoad(); };
  return settings;
}

}  // namespace pixelpass::app
