#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/traversal/stun_servers.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {

/// kBrowser: a browser, which we do not control; never chosen for the user.
enum class PlayerChoice : std::uint8_t { kAuto, kMpv, kVlc, kBrowser, kNone };

/// What a view does when its player was closed, or has ended with an error.
enum class PlayerEnd : std::uint8_t {
  kUsual,  ///< nobody is there to be asked: closed, it ends; with an error it goes on, for other players
  kAsk,    ///< at the terminal, for a minute, whether to open it again
  kLeave,  ///< it ends: who runs it offers to watch again. Asks where that would take a new reply code
};

struct ViewOptions {
  std::string ticket;  ///< as it was pasted
  PlayerChoice player = PlayerChoice::kAuto;
  SocketAddress listen = SocketAddress::loopback(0);
  std::optional<std::string> record;       ///< file
  bool overwrites = false;                 ///< `record`, where something is in it already
  bool keeps_recordings = false;           ///< the next name that is free takes its place then
  bool to_stdout = false;                  ///< the stream on standard output
  std::chrono::milliseconds latency{200};  ///< how late a group may be before it is dropped
  bool catch_up = true;                    ///< keeps the player that is opened at the live edge
  /// The servers that are asked for our outer address if the host cannot be reached without it; empty: none.
  std::vector<traversal::StunServer> stun_servers = traversal::default_stun_servers();
  std::string name;                  ///< shown to the host; empty: this machine's name
  std::optional<Duration> duration;  ///< stops by itself
  Instant started_at{};              ///< when the command began, for `first_frame`
  PlayerEnd player_end = PlayerEnd::kUsual;
};

/// Watches until the host or the user ends it. Runs `io` on this thread, which is the network thread.
/// Throws StartupError.
ExitCode run_view(boost::asio::io_context& io, const ViewOptions& options, EventSink& events);

/// Whether a program is here that opens browsers (PlayerChoice::kBrowser).
bool can_open_browser();

}  // namespace pixelpass::app
