#include "cli/tui/menu_screen.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/tui/viewer_table.hpp"

#include <utility>

namespace pixelpass::cli {
namespace {

/// Smaller than this, and only what can be chosen is shown.
constexpr int kRoomForHelp = 12;

ftxui::Element menu_row(const std::string& text, int width) {
  return ftxui::text(text) | ftxui::size(ftxui::WIDTH, ftxui::EQUAL, width);
}

void add_text(ftxui::Elements& rows, const std::string& text, int width) {
  for (const auto& line : wrapped(text, width)) rows.push_back(menu_row(line, width));
}

void add_help(ftxui::Elements& rows, const std::string& text, ScreenSize size) {
  if (size.height < kRoomForHelp) return;
  rows.push_back(ftxui::text(""));
  add_text(rows, text, size.width);
}

std::string player_name(playback::PlayerKind player) {
  return player == playback::PlayerKind::kMpv ? "mpv" : "VLC";
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

void add_choices(ftxui::Elements& rows, const std::vector<std::string>& texts, std::size_t selected,
                 int width) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto line = menu_row((i == selected ? "> " : "  ") + texts[i], width);
    rows.push_back(i == selected ? std::move(line) | ftxui::inverted : std::move(line));
  }
}

void add_error(ftxui::Elements& rows, const Error& error, int width, bool in_colour) {
  for (const auto& line : wrapped(clean_lines(error.what), width)) {
    auto shown = menu_row(line, width) | ftxui::bold;
    rows.push_back(in_colour ? std::move(shown) | ftxui::color(ftxui::Color(ftxui::Color::RedLight))
                             : std::move(shown));
  }
  add_text(rows, clean_lines(error.hint), width);
}

std::string main_help(const MenuState& state) {
  std::string help = "arrows and Enter, or the letter";
  if (state.players.size() < 2) return help;
  return help + "; p: watch in " +
         (state.player ? player_name(*state.player) + ", change it" : std::string("mpv or VLC"));
}

ftxui::Elements main_rows(const MenuState& state, ScreenSize size, bool in_colour) {
  ftxui::Elements rows;
  if (state.ended) add_error(rows, state.ended->why, size.width, in_colour);
  std::vector<std::string> texts;
  for (const auto item : menu_items(state)) texts.push_back(item_text(item));
  add_choices(rows, texts, state.selected, size.width);
  add_help(rows, main_help(state), size);
  return rows;
}

/// Of a ticket that is being typed only its end: it is longer than a line, and a secret.
std::string typed_end(const MenuState& state, int width) {
  const std::string text = clean_text(state.typed, state.typed.size());
  const auto room = static_cast<std::size_t>(width > 12 ? width - 12 : 1);
  std::size_t from = text.size() > room ? text.size() - room : 0;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
  return (from > 0 ? "..." : "") + text.substr(from) + "_";
}

ftxui::Elements ticket_rows(const MenuState& state, ScreenSize size, bool in_colour) {
  ftxui::Elements rows;
  if (state.problem) add_error(rows, *state.problem, size.width, in_colour);
  if (state.clipboard && state.typed.empty())
    add_text(rows, "Watch the ticket in your clipboard? [Enter]   (or paste another one)", size.width);
  else
    add_text(rows, "Paste the ticket that your friend has sent you", size.width);
  rows.push_back(menu_row("Ticket: " + typed_end(state, size.width), size.width));
  add_help(rows, state.problem ? "Enter clears it; Esc: back" : "Esc: back", size);
  return rows;
}

ftxui::Elements player_rows(const MenuState& state, ScreenSize size) {
  ftxui::Elements rows;
  add_text(rows, "Watch in which player? It is remembered", size.width);
  std::vector<std::string> texts;
  for (const auto player : state.players)
    texts.push_back((player == playback::PlayerKind::kMpv ? "m  " : "v  ") + player_name(player));
  add_choices(rows, texts, state.selected, size.width);
  return rows;
}

ftxui::Elements page_rows(const MenuState& state, ScreenSize size, bool in_colour) {
  switch (state.page) {
    case MenuPage::kMain:
      return main_rows(state, size, in_colour);
    case MenuPage::kTicket:
      return ticket_rows(state, size, in_colour);
    case MenuPage::kPlayer:
      break;
  }
  return player_rows(state, size);
}

}  // namespace

ftxui::Element menu_screen(const MenuState& state, ScreenSize size, bool in_colour) {
  ftxui::Elements rows;
  if (size.height >= kRoomForHelp) {
    rows.push_back(menu_row("pixelpass", size.width) | ftxui::bold);
    rows.push_back(ftxui::text(""));
  }
  for (auto& row : page_rows(state, size, in_colour)) rows.push_back(std::move(row));
  rows.push_back(ftxui::filler());
  return ftxui::vbox(std::move(rows));
}

}  // namespace pixelpass::cli
