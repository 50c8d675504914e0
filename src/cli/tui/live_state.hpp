#pragma once

#include "pixelpass/app/events.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {

struct LiveViewer {
  std::uint32_t number = 0;
  std::string name;
  net::Path path;
  Instant since;                                ///< it joined
  std::optional<app::HostStats::Viewer> stats;  ///< of the last second; none before the first
  std::deque<Duration> lags;                    ///< one a second, the newest last
};

/// What the bottom line asks for.
enum class LivePrompt : std::uint8_t { kNone, kKick, kNewTicket, kBitrate, kReply };

/// Everything that the host's live view shows: the host's state, and what its user is doing. A plain value:
/// the network thread changes its own, the terminal's thread draws a copy.
struct LiveState {
  static constexpr std::size_t kMaxLines = 100;
  static constexpr std::size_t kLagSeconds = 60;

  std::optional<StreamDescription> stream;  ///< none: it has not begun
  std::optional<std::string> paused;        ///< why nothing new is shown
  std::optional<app::TicketReady> ticket;
  std::vector<app::LinkReady::Link> links;  ///< for browsers, the likeliest first
  std::optional<app::HostStats> stats;
  std::optional<AudioLevel> audio;  ///< of this moment; none: nobody hears any
  std::vector<LiveViewer> viewers;  ///< who watches, by number
  std::size_t max_viewers = 0;
  bool locked = false;
  bool muted = false;
  bool choosing_screen = false;   ///< another one; the present one is shared until then
  std::deque<std::string> lines;  ///< what was said, the newest last
  Instant now;                    ///< when it was like this

  std::uint32_t selected = 0;  ///< the viewer that a key is about; 0: nobody is there
  LivePrompt prompt = LivePrompt::kNone;
  std::uint32_t asked_about = 0;  ///< kKick: the viewer, whoever is selected meanwhile
  std::string typed;              ///< into the prompt
  bool shows_qr = false;          ///< the ticket as a QR code, in place of all else
};

/// Applies an event, whose texts have been cleaned. Pure.
void take(LiveState& state, const app::Event& event, Instant now);
/// Adds a text for people, of one line or several.
void say(LiveState& state, const std::string& text);

}  // namespace pixelpass::cli
