#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/host/host_console.hpp"
#include "pixelpass/app/host/source_options.hpp"
#include "pixelpass/publish/target.hpp"
#include "pixelpass/traversal/relay_server.hpp"
#include "pixelpass/traversal/stun_servers.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {

struct HostOptions {
  SourceKind source = SourceKind::kAuto;
  ScreenOptions screen;
  PictureOptions picture;
  AudioOptions audio;
  std::size_t max_viewers = 2;
  SocketAddress bind;                          ///< unspecified: all interfaces; port 0: any
  std::vector<traversal::RelayServer> relays;  ///< tried in this order
  /// The servers that are asked for our outer address; empty: none.
  std::vector<traversal::StunServer> stun_servers = traversal::default_stun_servers();
  std::vector<publish::Target> publish;           ///< engines that the stream is brought to
  bool notify = true;                             ///< the desktop says who joins and leaves
  bool web = true;                                ///< browsers may watch
  std::string page;                               ///< the page's URL for links; empty: the host serves it
  bool port_mapping = true;                       ///< the router is asked to keep the port open
  std::optional<std::filesystem::path> identity;  ///< none: a new one for each run
  std::optional<std::chrono::seconds> expires = 8h;
  std::string name;                  ///< shown to viewers; empty: this machine's name
  std::optional<Duration> duration;  ///< stops by itself
};

/// Why there is nothing to share here, as far as can be seen without asking the desktop; nullopt: there may
/// be something.
std::optional<Error> nothing_to_share(const HostOptions& options);

/// Shares until it is interrupted, its time is up or its source ends. Runs `io` on this thread, which is the
/// network thread. Throws StartupError. `console`: uses the terminal alone, so that no lines are read from
/// it; null: there is none.
ExitCode run_host(boost::asio::io_context& io, const HostOptions& options, EventSink& events,
                  HostConsole* console = nullptr);

}  // namespace pixelpass::app
