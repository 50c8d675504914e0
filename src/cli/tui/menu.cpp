#include "cli/tui/menu.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/inspection.hpp"
#include "pixelpass/playback/player.hpp"

#include "cli/live_line.hpp"
#include "cli/tui/live_view.hpp"
#include "cli/tui/own_command.hpp"
#include "cli/tui/plain_menu.hpp"
#include "cli/tui/player_memory.hpp"
#include "cli/tui/shown_menu.hpp"
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace pixelpass::cli {
namespace {

/// Passes events on, and keeps the reason of the end.
class EndKept final : public app::EventSink {
 public:
  explicit EndKept(app::EventSink& next) : next_(next) {}
  void on(const app::Event& event) override {
    if (const auto* ended = std::get_if<app::Ended>(&event); ended != nullptr && why_.what.empty())
      why_.what = "watching ended: " + ended->reason;
    if (const auto* failed = std::get_if<app::Failed>(&event)) {
      why_ = failed->error;
      ticket_is_useless_ = failed->ticket_is_useless;
    }
    next_.on(event);
  }
  [[nodiscard]] bool wants_stats() const override { return next_.wants_stats(); }
  [[nodiscard]] bool broken() const override { return next_.broken(); }
  [[nodiscard]] WatchEnd end_of(const StartView& watched) const {
    return {watched, why_, ticket_is_useless_};
  }

 private:
  app::EventSink& next_;
  Error why_{"", "", ExitCode::kDone};  ///< nothing: it has not ended
  bool ticket_is_useless_ = false;
};

/// The command line of these words with the menu's own options appended.
Result<CommandLine> line_of(std::vector<std::string> words, const OpenMenu& menu) {
  words.insert(words.end(), menu.options.begin(), menu.options.end());
  return parse(words, process_environment());
}

/// The configured settings of a command, which is not run; nullopt: the configuration cannot be read, which
/// the command itself will report.
std::optional<CommandLine> configured(std::vector<std::string> words, const OpenMenu& menu) {
  auto line = line_of(std::move(words), menu);
  return line ? std::optional(std::move(*line)) : std::nullopt;
}

std::vector<std::string> view_words(const StartView& chosen) {
  std::vector<std::string> words{"view"};
  if (chosen.player) {
    words.emplace_back("--player");
    words.emplace_back(player_row(*chosen.player).option);
  }
  words.push_back(chosen.ticket);
  return words;
}

/// Runs a viewer once; the menu tells what ended it.
ExitCode watch_once(MenuState& state, const StartView& chosen, const OpenMenu& menu, app::EventSink& events,
                    const RunLine& run_line) {
  if (chosen.player && state.players.size() > 1) remember_player(*chosen.player);
  EndKept kept(events);
  ExitCode code = ExitCode::kDone;
  try {
    auto line = line_of(view_words(chosen), menu);
    if (!line) throw StartupError(line.error());
    std::get<app::ViewOptions>(line->command).player_end = app::PlayerEnd::kLeave;
    code = run_line(*line, kept);
  } catch (const StartupError& error) {
    kept.on(app::Failed{error.error()});
    code = error.error().exit_code;
  }
  state = menu_after(state, kept.end_of(chosen));
  return code;
}

bool has_screen() {
  for (const char* variable : {"WAYLAND_DISPLAY", "DISPLAY"})
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') return true;
  return false;
}

/// The players to choose from: none if the configuration names one, or there is no display.
std::vector<MenuPlayer> players_to_choose(const OpenMenu& menu) {
  const auto view = configured({"view", "-"}, menu);
  const auto* options = view ? std::get_if<app::ViewOptions>(&view->command) : nullptr;
  const bool is_open = options == nullptr || options->player == app::PlayerChoice::kAuto;
  if (!is_open || !has_screen()) return {};
  std::vector<MenuPlayer> players;
  if (playback::find_player(playback::PlayerKind::kMpv)) players.push_back(MenuPlayer::kMpv);
  if (playback::find_player(playback::PlayerKind::kVlc)) players.push_back(MenuPlayer::kVlc);
  if (app::can_open_browser()) players.push_back(MenuPlayer::kBrowser);
  return players;
}

/// Becomes the host, unless that would end at once: then the menu stays. Mistakes in its command line are
/// reported by the host.
void start_host(MenuState& state, const OpenMenu& menu) {
  const auto host = configured({"host"}, menu);
  const auto* options = host ? std::get_if<app::HostOptions>(&host->command) : nullptr;
  state.problem = options != nullptr ? app::nothing_to_share(*options) : std::nullopt;
  if (!state.problem) become("host", menu);
}

/// Runs the doctor, and waits before the menu is drawn over its output, unless it was interrupted.
void diagnose(MenuState& state, const OpenMenu& menu, bool on_screen) {
  const bool is_whole = run_beside("doctor", menu);
  state.selected = 0;
  state.problem.reset();
  if (on_screen && is_whole) wait_for_enter("Enter goes back to the menu");
}

/// Nullopt: it was interrupted. Uses plain lines also where the terminal can be read, but not drawn on (after
/// su).
MenuOutcome choose(MenuState& state, bool on_screen) {
  MenuOutcome outcome;
  if (on_screen && show_menu(state, outcome)) return outcome;
  return ask_plainly(state);
}

}  // namespace

std::optional<ExitCode> run_menu(const CommandLine& line, const OpenMenu& menu, app::EventSink& events,
                                 const RunLine& run_line) {
  const bool on_screen = wants_live_view(live_view_place(line));
  // The clipboard, and pasted text, may contain a ticket.
  forbid_inspection();
  MenuState state{.players = players_to_choose(menu), .player = remembered_player()};
  std::optional<ExitCode> ended;  ///< how the last viewer did
  while (!is_in_background(STDIN_FILENO)) {
    const auto outcome = choose(state, on_screen);
    if (!outcome) return ExitCode::kInterrupted;
    if (std::holds_alternative<LeaveMenu>(*outcome)) return ExitCode::kDone;
    if (std::holds_alternative<StartHost>(*outcome)) {
      start_host(state, menu);
    } else if (const auto* view = std::get_if<StartView>(&*outcome)) {
      ended = watch_once(state, *view, menu, events, run_line);
      // A thread that hangs is left behind, which uses what the viewer had.
      if (app::Interrupts::leaves_at_end()) return ended;
      // Ctrl-C ends what was started, such as the doctor; any other interrupt ends the menu with it. It is
      // taken in any case, since it may have come while the viewer ended by itself.
      const bool by_key = app::Interrupts::take_key();
      if (ended == ExitCode::kInterrupted && !by_key) return ended;
    } else {
      diagnose(state, menu, on_screen);
    }
    // Input typed while the stream was shown is not for the menu.
    ::tcflush(STDIN_FILENO, TCIFLUSH);
  }
  return ended;
}

}  // namespace pixelpass::cli
