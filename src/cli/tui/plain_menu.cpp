#include "cli/tui/plain_menu.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/read_ticket.hpp"
#include "cli/tui/clipboard_read.hpp"
#include <boost/asio/io_context.hpp>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace pixelpass::cli {
namespace {

using Answer = std::optional<MenuChoice>;

/// An item's number, the letter that the drawn menu uses for it, and its text.
struct PlainItem {
  std::string_view number;
  std::string_view letter;
  std::string_view text;
};
constexpr std::array<PlainItem, 5> kItems{{{"1", "h", "Host: show your screen"},
                                           {"2", "v", "View: watch a friend's screen"},
                                           {"3", "d", "Doctor: what works on this machine"},
                                           {"4", "q", "Quit"},
                                           {"5", "r", "Reconnect: watch the same again"}}};

bool can_be_chosen(const MenuState& state, const PlainItem& item) {
  const auto items = menu_items(state);
  return item.letter != "r" || items.front() == MenuItem::kReconnect;
}

std::string row_of(const PlainItem& item) {
  return std::string(item.number) + " " + std::string(item.text) + "\n";
}

std::string main_question(const MenuState& state) {
  std::string text;
  for (const auto& item : kItems)
    if (can_be_chosen(state, item)) text += row_of(item);
  if (state.players.size() > 1 && state.player) {
    text += "p Player: " + std::string(player_row(*state.player).name) + ", p changes it\n";
  }
  return text + (can_be_chosen(state, kItems.back()) ? "Number and Enter; Enter alone is 5: "
                                                     : "Number and Enter: ");
}

std::string ticket_question(const MenuState& state) {
  if (state.clipboard && state.typed.empty())
    return "Watch the ticket in your clipboard? Enter watches it; or paste another one; b goes back: ";
  return "Paste your friend's ticket, then Enter; Enter alone goes back: ";
}

/// The players, numbered in order.
std::string player_question(const MenuState& state) {
  std::string text = "Watch in which player? It is remembered\n";
  for (std::size_t i = 0; i < state.players.size(); ++i)
    text += std::to_string(i + 1) + " " + std::string(player_row(state.players[i]).name) + "\n";
  return text + "Number and Enter: ";
}

std::string trimmed_answer(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

Answer refuse(MenuState& state, const std::string& word, const std::string& accepted) {
  state.problem = Error{"\"" + clean_text(word) + "\" is nothing to choose", accepted, ExitCode::kUsage};
  return std::nullopt;
}

Answer answer_main(MenuState& state, const std::string& word, UnixTime now) {
  if (word.empty()) {
    const bool again = can_be_chosen(state, kItems.back());
    return again ? press(state, {Key::Kind::kText, "r"}, now) : std::nullopt;
  }
  if (looks_like_ticket(word)) return press(state, {Key::Kind::kPaste, word + "\n"}, now);
  if (word == "p") return press(state, {Key::Kind::kText, word}, now);
  for (const auto& item : kItems)
    if ((word == item.number || word == item.letter) && can_be_chosen(state, item))
      return press(state, {Key::Kind::kText, std::string(item.letter)}, now);
  return refuse(state, word, "type a number from the list, or paste a ticket");
}

/// An earlier wrong line may be the beginning of a ticket.
Answer answer_ticket(MenuState& state, const std::string& word, UnixTime now) {
  const bool takes_clipboard = word.empty() && state.typed.empty() && state.clipboard;
  if (takes_clipboard) return press(state, {Key::Kind::kEnter}, now);
  if (word.empty() || word == "b") return press(state, {Key::Kind::kEscape}, now);
  return press(state, {Key::Kind::kPaste, word + "\n"}, now);
}

Answer answer_player(MenuState& state, const std::string& word, UnixTime now) {
  if (word.empty()) return press(state, {Key::Kind::kEscape}, now);
  for (std::size_t i = 0; i < state.players.size(); ++i) {
    const auto letter = player_row(state.players[i]).letter;
    if (word == std::to_string(i + 1) || word == letter)
      return press(state, {Key::Kind::kText, std::string(letter)}, now);
  }
  return refuse(state, word, "type a number from the list; Enter alone goes back");
}

bool comes_at_once(int input) {
  // A paste's lines come together.
  constexpr int kPatienceMs = 200;
  pollfd ready{input, POLLIN, 0};
  return ::poll(&ready, 1, kPatienceMs) > 0;
}

/// Reads a line; nullopt: the input has ended. A byte at a time, so that later input is left to the next
/// reader.
std::optional<std::string> read_line(int input) {
  std::string line;
  while (line.size() < kMostTicketInput) {
    char byte = 0;
    const auto got = ::read(input, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return line.empty() ? std::nullopt : std::optional(line);
    if (byte == '\n') break;
    line += byte;
  }
  return line;
}

std::optional<std::string> read_answer(int input, bool of_several_lines) {
  auto text = read_line(input);
  while (text && of_several_lines && text->size() < kMostTicketInput && comes_at_once(input)) {
    const auto more = read_line(input);
    if (!more) break;
    *text += "\n" + *more;
  }
  return text;
}

void look_into_clipboard(MenuState& state) {
  constexpr Duration kMost = 2s;
  boost::asio::io_context io;
  const ClipboardRead reading(io, clipboard_readers(clipboard_place()), [&state](const std::string& text) {
    offer_clipboard(state, text, system_wall_time());
    return state.clipboard.has_value();
  });
  io.run_for(kMost);
}

}  // namespace

std::string plain_question(const MenuState& state) {
  std::string text = "\n";
  if (state.problem) text += clean_lines(state.problem->what + "\n" + state.problem->hint) + "\n";
  if (state.page == MenuPage::kMain) return text + main_question(state);
  return text + (state.page == MenuPage::kTicket ? ticket_question(state) : player_question(state));
}

std::optional<MenuChoice> plain_answer(MenuState& state, const std::string& text, UnixTime now) {
  const std::string word = trimmed_answer(text);
  state.problem.reset();
  switch (state.page) {
    case MenuPage::kMain:
      return answer_main(state, word, now);
    case MenuPage::kTicket:
      return answer_ticket(state, word, now);
    case MenuPage::kPlayer:
      break;
  }
  return answer_player(state, word, now);
}

MenuChoice ask_plainly(MenuState& state) {
  while (true) {
    const bool wants_ticket = state.page == MenuPage::kTicket;
    if (wants_ticket && !state.problem) look_into_clipboard(state);
    std::fputs(plain_question(state).c_str(), stdout);
    std::fflush(stdout);
    const auto text = read_answer(STDIN_FILENO, wants_ticket);
    if (!text) {
      std::fputs("\n", stdout);  // the shell's prompt begins a line
      return LeaveMenu{};
    }
    if (auto choice = plain_answer(state, *text, system_wall_time())) return *choice;
  }
}

void wait_for_enter(const std::string& says) {
  // Input typed before the question is no answer.
  ::tcflush(STDIN_FILENO, TCIFLUSH);
  std::fputs(("\n" + says + "\n").c_str(), stdout);
  std::fflush(stdout);
  read_line(STDIN_FILENO);
}

}  // namespace pixelpass::cli
