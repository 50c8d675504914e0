#include "cli/tui/menu_screen.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/tui/viewer_table.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::cli {
namespace {

/// In fewer lines than this only the choices are shown.
constexpr int kRoomForHelp = 12;

void add_text(ftxui::Elements& rows, const std::string& text, int width) {
  for (const auto& line : wrapped(text, width)) rows.push_back(one_line(line, width));
}

void add_help(ftxui::Elements& rows, const std::string& text, ScreenSize size) {
  if (size.height < kRoomForHelp) return;
  rows.push_back(ftxui::text(""));
  add_text(rows, text, size.width);
}

std::string player_name(MenuPlayer player) {
  return std::string(player_row(player).name);
}

/// "mpv, VLC or the browser".
std::string player_names(const std::vector<MenuPlayer>& players) {
  std::string text;
  for (const auto player : players) {
    if (!text.empty()) text += player == players.back() ? " or " : ", ";
    text += player_name(player);
  }
  return text;
}

std::string item_text(MenuItem item) {
  switch (item) {
    case MenuItem::kReconnect:
      return "r  Reconnect: watch the same again";
    case MenuItem::kHost:
      return "h  Host: show your screen";
    case MenuItem::kView:
      return "v  View: watch a friend's screen";
    case MenuItem::kDoctor:
      return "d  Doctor: what works on this machine";
    case MenuItem::kQuit:
      break;
  }
  return "q  Quit";
}

/// A page, line by line.
struct MenuRows {
  ftxui::Elements rows;
  std::size_t first_choice = 0;
  std::size_t choices = 0;
};

void add_choices(MenuRows& page, const std::vector<std::string>& texts, std::size_t selected, int width) {
  page.first_choice = page.rows.size();
  page.choices = texts.size();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto line = one_line((i == selected ? "> " : "  ") + texts[i], width);
    page.rows.push_back(i == selected ? std::move(line) | ftxui::inverted : std::move(line));
  }
}

/// Adds as much of the error as leaves `below` lines for what follows.
void add_error(ftxui::Elements& rows, const Error& error, ScreenSize size, std::size_t below,
               bool in_colour) {
  for (const auto& line : wrapped(clean_lines(error.what), size.width)) {
    auto shown = one_line(line, size.width) | ftxui::bold;
    rows.push_back(in_colour ? std::move(shown) | ftxui::color(ftxui::Color(ftxui::Color::RedLight))
                             : std::move(shown));
  }
  add_text(rows, clean_lines(error.hint), size.width);
  const auto height = static_cast<std::size_t>(size.height);
  rows.resize(std::min(rows.size(), height - std::min(height, below)));
}

std::string main_help(const MenuState& state) {
  std::string help = "arrows and Enter, the letter, or a click";
  if (state.players.size() < 2) return help;
  return help + "; p: watch in " +
         (state.player ? player_name(*state.player) + ", change it" : player_names(state.players));
}

void add_main(MenuRows& page, const MenuState& state, ScreenSize size, bool in_colour) {
  std::vector<std::string> texts;
  for (const auto item : menu_items(state)) texts.push_back(item_text(item));
  if (state.problem)
    add_error(page.rows, *state.problem, size, texts.size(), in_colour);
  else if (state.ended)
    add_error(page.rows, state.ended->why, size, texts.size(), in_colour);
  add_choices(page, texts, state.selected, size.width);
  add_help(page.rows, main_help(state), size);
}

/// The end of a ticket that is being typed: all of it is longer than a line, and a secret.
std::string typed_end(const MenuState& state, int width) {
  const std::string text = clean_text(state.typed, state.typed.size());
  const auto room = static_cast<std::size_t>(width > 12 ? width - 12 : 1);
  std::size_t from = text.size() > room ? text.size() - room : 0;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
  return (from > 0 ? "..." : "") + text.substr(from) + "_";
}

void add_ticket(ftxui::Elements& rows, const MenuState& state, ScreenSize size, bool in_colour) {
  const auto* const question = state.clipboard && state.typed.empty()
                                   ? "Watch the ticket in your clipboard? [Enter]   (or paste another one)"
                                   : "Paste the ticket that your friend has sent you";
  if (state.problem)
    add_error(rows, *state.problem, size, wrapped(question, size.width).size() + 1, in_colour);
  add_text(rows, question, size.width);
  rows.push_back(one_line("Ticket: " + typed_end(state, size.width), size.width));
  add_help(rows, state.problem ? "Enter clears it; Esc: back" : "Esc: back", size);
}

void add_players(MenuRows& page, const MenuState& state, ScreenSize size) {
  add_text(page.rows, "Watch in which player? It is remembered", size.width);
  std::vector<std::string> texts;
  for (const auto player : state.players)
    texts.push_back(std::string(player_row(player).letter) + "  " + player_name(player));
  add_choices(page, texts, state.selected, size.width);
}

MenuRows page_of(const MenuState& state, ScreenSize size, bool in_colour) {
  MenuRows page;
  if (size.height >= kRoomForHelp) {
    page.rows.push_back(one_line("pixelpass", size.width) | ftxui::bold);
    page.rows.push_back(ftxui::text(""));
  }
  if (state.page == MenuPage::kMain) add_main(page, state, size, in_colour);
  if (state.page == MenuPage::kTicket) add_ticket(page.rows, state, size, in_colour);
  if (state.page == MenuPage::kPlayer) add_players(page, state, size);
  // The help comes last.
  page.rows.resize(std::min(page.rows.size(), static_cast<std::size_t>(size.height)));
  return page;
}

}  // namespace

ftxui::Element menu_screen(const MenuState& state, ScreenSize size, bool in_colour) {
  auto page = page_of(state, size, in_colour);
  page.rows.push_back(ftxui::filler());
  return ftxui::vbox(std::move(page.rows));
}

std::optional<std::size_t> choice_in_row(const MenuState& state, ScreenSize size, int row) {
  const auto page = page_of(state, size, false);
  const auto at = static_cast<std::size_t>(row);
  if (at >= page.rows.size() || at < page.first_choice || at >= page.first_choice + page.choices)
    return std::nullopt;
  return at - page.first_choice;
}

std::string_view mouse_sequence(const MenuState& state) {
  return state.page == MenuPage::kTicket ? "\x1b[?1006l\x1b[?1000l" : "\x1b[?1000h\x1b[?1006h";
}

}  // namespace pixelpass::cli
