#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"

#include "cli/tui/keys.hpp"
#include "cli/tui/menu_player.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::cli {

/// What the menu was told to do.
struct StartHost {};
struct StartDoctor {};
struct LeaveMenu {};
struct StartView {
  std::string ticket;
  std::optional<MenuPlayer> player;  ///< nullopt: whichever is there
};
using MenuChoice = std::variant<StartHost, StartView, StartDoctor, LeaveMenu>;

enum class MenuPage : std::uint8_t { kMain, kTicket, kPlayer };
enum class MenuItem : std::uint8_t { kReconnect, kHost, kView, kDoctor, kQuit };

/// What was watched last, and why it ended.
struct WatchEnd {
  StartView watched;
  Error why;
  bool ticket_is_useless = false;  ///< watching the same again leads nowhere
};

/// The menu, as it is shown. Sans-IO.
struct MenuState {
  MenuPage page = MenuPage::kMain;
  std::size_t selected = 0;                             ///< of menu_items(), or of `players`
  std::vector<MenuPlayer> players = {};                 ///< that are installed, the best first
  std::optional<MenuPlayer> player = std::nullopt;      ///< chosen, now or in an earlier run
  std::optional<std::string> clipboard = std::nullopt;  ///< holds a whole ticket
  std::string typed = {};                               ///< where a ticket is asked for
  std::optional<Error> problem = std::nullopt;          ///< with what was typed or chosen
  std::optional<WatchEnd> ended = std::nullopt;
};

/// The menu after a viewer has ended, with the likely next step selected.
MenuState menu_after(const MenuState& before, WatchEnd ended);

/// The choices of the first page.
std::vector<MenuItem> menu_items(const MenuState& state);

/// Text from a clipboard: offered where there is a whole ticket in it. Pure.
void offer_clipboard(MenuState& state, const std::string& text, UnixTime now);

/// Applies a key to the menu; a choice ends it. Clicks go to click(). Pure.
std::optional<MenuChoice> press(MenuState& state, const Key& key, UnixTime now);
/// Applies a click on one of the page's choices: the same as Enter there. Pure.
std::optional<MenuChoice> click(MenuState& state, std::size_t choice, UnixTime now);

}  // namespace pixelpass::cli
