#include "cli/tui/menu_state.hpp"

#include "pixelpass/ticket/ticket.hpp"

#include "cli/read_ticket.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pixelpass::cli {
namespace {

using Choice = std::optional<MenuChoice>;

bool can_reconnect(const MenuState& state) {
  return state.ended && !state.ended->ticket_is_useless;
}

void go_to(MenuState& state, MenuPage page) {
  state.page = page;
  state.selected = 0;
}

/// The player to use without naming it, if there is only one; nullopt: there are several, or only a browser,
/// which is never used unasked.
std::optional<MenuPlayer> only_player(const MenuState& state) {
  const bool is_browser = !state.players.empty() && state.players.front() == MenuPlayer::kBrowser;
  return is_browser ? std::optional(MenuPlayer::kBrowser) : std::nullopt;
}

/// Asks for the player only if there are several and none was ever chosen.
Choice watch(MenuState& state, const std::string& ticket) {
  const bool known = state.player && std::ranges::find(state.players, *state.player) != state.players.end();
  state.problem.reset();
  if (known) return StartView{ticket, state.player};
  if (state.players.size() < 2) return StartView{ticket, only_player(state)};
  state.typed = ticket;
  go_to(state, MenuPage::kPlayer);
  return std::nullopt;
}

/// `is_all`: no more input follows, so that an error is shown.
Choice take_ticket(MenuState& state, UnixTime now, bool is_all) {
  const auto ticket = decode_ticket(state.typed, now);
  // The ticket is encoded anew, without surrounding text that a command line would misread.
  if (ticket) return watch(state, encode_ticket(*ticket));
  if (is_all)
    state.problem = describe(ticket.error());
  else
    state.problem.reset();
  return std::nullopt;
}

/// Adds input to the ticket, which may be pasted in pieces; of too much input the end is kept.
Choice type_ticket(MenuState& state, const Key& key, UnixTime now) {
  state.page = MenuPage::kTicket;
  state.typed += key.text;
  if (state.typed.size() > kMostTicketInput) state.typed.erase(0, state.typed.size() - kMostTicketInput);
  return take_ticket(state, now, key.kind == Key::Kind::kPaste);
}

Choice choose_item(MenuState& state, MenuItem item) {
  switch (item) {
    case MenuItem::kReconnect:
      return state.ended->watched;
    case MenuItem::kHost:
      return StartHost{};
    case MenuItem::kView:
      state.typed.clear();
      state.problem.reset();
      go_to(state, MenuPage::kTicket);
      return std::nullopt;
    case MenuItem::kDoctor:
      return StartDoctor{};
    case MenuItem::kQuit:
      break;
  }
  return LeaveMenu{};
}

void change_player(MenuState& state) {
  if (state.players.size() < 2) return;
  const auto now = state.player ? std::ranges::find(state.players, *state.player) : state.players.end();
  const auto next = now == state.players.end() ? now : std::next(now);
  state.player = next == state.players.end() ? state.players.front() : *next;
}

Choice press_letter(MenuState& state, const std::string& letter) {
  if (letter == "p") change_player(state);
  if (letter == "r" && can_reconnect(state)) return choose_item(state, MenuItem::kReconnect);
  if (letter == "h") return choose_item(state, MenuItem::kHost);
  if (letter == "v") return choose_item(state, MenuItem::kView);
  if (letter == "d") return choose_item(state, MenuItem::kDoctor);
  if (letter == "q") return choose_item(state, MenuItem::kQuit);
  return std::nullopt;
}

/// True: the key was an arrow.
bool move_selection(MenuState& state, const Key& key, std::size_t count) {
  if (key.kind == Key::Kind::kUp && state.selected > 0) --state.selected;
  if (key.kind == Key::Kind::kDown && state.selected + 1 < count) ++state.selected;
  return key.kind == Key::Kind::kUp || key.kind == Key::Kind::kDown;
}

Choice press_main(MenuState& state, const Key& key, UnixTime now) {
  const auto items = menu_items(state);
  if (move_selection(state, key, items.size())) return std::nullopt;
  if (key.kind == Key::Kind::kEnter) return choose_item(state, items.at(state.selected));
  if (key.kind == Key::Kind::kText) return press_letter(state, key.text);
  if (key.kind != Key::Kind::kPaste) return std::nullopt;
  // Pasting on this page means to watch.
  state.typed.clear();
  return type_ticket(state, key, now);
}

void take_back(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty()) text.pop_back();
}

Choice press_ticket(MenuState& state, const Key& key, UnixTime now) {
  switch (key.kind) {
    case Key::Kind::kText:
    case Key::Kind::kPaste:
      return type_ticket(state, key, now);
    case Key::Kind::kBackspace:
      take_back(state.typed);
      state.problem.reset();
      break;
    case Key::Kind::kEscape:
      state.problem.reset();
      go_to(state, MenuPage::kMain);
      break;
    case Key::Kind::kEnter:
      if (state.typed.empty() && state.clipboard) return watch(state, *state.clipboard);
      // The error has been read: Enter makes room for another ticket.
      if (!state.problem) return take_ticket(state, now, true);
      state.typed.clear();
      state.problem.reset();
      break;
    default:
      break;
  }
  return std::nullopt;
}

Choice press_player(MenuState& state, const Key& key) {
  if (move_selection(state, key, state.players.size())) return std::nullopt;
  auto chosen = state.players.end();
  if (key.kind == Key::Kind::kEnter)
    chosen = state.players.begin() + static_cast<std::ptrdiff_t>(state.selected);
  for (const auto& row : kMenuPlayers)
    if (key.text == row.letter) chosen = std::ranges::find(state.players, row.player);
  if (key.kind == Key::Kind::kEscape) go_to(state, MenuPage::kMain);
  if (chosen == state.players.end()) return std::nullopt;
  state.player = *chosen;
  return StartView{state.typed, state.player};
}

}  // namespace

MenuState menu_after(const MenuState& before, WatchEnd ended) {
  // The clipboard is read again.
  MenuState state{.players = before.players, .player = before.player, .ended = std::move(ended)};
  if (!can_reconnect(state)) {
    const auto items = menu_items(state);
    state.selected = static_cast<std::size_t>(std::ranges::find(items, MenuItem::kView) - items.begin());
  }
  return state;
}

std::vector<MenuItem> menu_items(const MenuState& state) {
  std::vector<MenuItem> items;
  if (can_reconnect(state)) items.push_back(MenuItem::kReconnect);
  items.insert(items.end(), {MenuItem::kHost, MenuItem::kView, MenuItem::kDoctor, MenuItem::kQuit});
  return items;
}

void offer_clipboard(MenuState& state, const std::string& text, UnixTime now) {
  if (const auto ticket = decode_ticket(text, now)) state.clipboard = encode_ticket(*ticket);
}

std::optional<MenuChoice> press(MenuState& state, const Key& key, UnixTime now) {
  switch (state.page) {
    case MenuPage::kMain:
      return press_main(state, key, now);
    case MenuPage::kTicket:
      return press_ticket(state, key, now);
    case MenuPage::kPlayer:
      break;
  }
  return press_player(state, key);
}

std::optional<MenuChoice> click(MenuState& state, std::size_t choice, UnixTime now) {
  state.selected = choice;
  return press(state, {Key::Kind::kEnter}, now);
}

}  // namespace pixelpass::cli
