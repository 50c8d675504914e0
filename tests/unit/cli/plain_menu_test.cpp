#include "cli/tui/plain_menu.hpp"

#include "pixelpass/ticket/ticket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr UnixTime kThatDay{};

std::string ticket_to_paste() {
  Ticket ticket;
  ticket.candidates.push_back({CandidateKind::kHost, SocketAddress::loopback(4000)});
  return encode_ticket(ticket);
}

/// The choice that the last of these lines makes; none before makes one.
std::optional<MenuChoice> after_lines(MenuState& state, const std::vector<std::string>& lines) {
  std::optional<MenuChoice> choice;
  for (const auto& line : lines) {
    EXPECT_FALSE(choice) << "a line behind a choice";
    choice = plain_answer(state, line, kThatDay);
  }
  return choice;
}

template <class T>
bool leads_to(const std::optional<MenuChoice>& choice) {
  return choice && std::holds_alternative<T>(*choice);
}

WatchEnd an_end() {
  return {{ticket_to_paste(), std::nullopt}, {"over", "", ExitCode::kDone}};
}

TEST(PlainMenu, NumbersWhatCanBeChosen) {
  EXPECT_THAT(plain_question({}),
              HasSubstr("1 Host: show your screen\n2 View: watch a friend's screen\n3 Doctor: "
                        "what works on this machine\n4 Quit\nNumber"));
  MenuState state;
  EXPECT_TRUE(leads_to<StartHost>(after_lines(state, {"1"})));
  EXPECT_TRUE(leads_to<StartDoctor>(after_lines(state, {" 3 \r"})));
  EXPECT_TRUE(leads_to<LeaveMenu>(after_lines(state, {"4"})));
  EXPECT_TRUE(leads_to<LeaveMenu>(after_lines(state, {"q"})));
}

TEST(PlainMenu, SaysWhatIsAcceptedInPlaceOfAWrongLine) {
  MenuState state;
  EXPECT_FALSE(after_lines(state, {"9\x1b[2J"}));
  const auto text = plain_question(state);
  EXPECT_THAT(text, HasSubstr("nothing to choose"));
  EXPECT_THAT(text, HasSubstr("type a number"));
  EXPECT_FALSE(after_lines(state, {"5"})) << "nothing to reconnect to";
  EXPECT_FALSE(after_lines(state, {""}));
  EXPECT_THAT(plain_question(state), Not(HasSubstr("nothing to choose")));
}

TEST(PlainMenu, AsksForTheTicketAndThenForThePlayer) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kVlc}};
  EXPECT_FALSE(after_lines(state, {"2"}));
  EXPECT_THAT(plain_question(state), HasSubstr("Paste your friend's ticket"));
  EXPECT_FALSE(after_lines(state, {"Ben: " + ticket_to_paste()}));
  EXPECT_THAT(plain_question(state), HasSubstr("1 mpv\n2 VLC\n"));
  EXPECT_FALSE(after_lines(state, {"3"}));
  const auto choice = after_lines(state, {"2"});
  ASSERT_TRUE(leads_to<StartView>(choice));
  EXPECT_EQ(std::get<StartView>(*choice).ticket, ticket_to_paste());
  EXPECT_EQ(std::get<StartView>(*choice).player, MenuPlayer::kVlc);
}

TEST(PlainMenu, NumbersThePlayersThatAreThere) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kBrowser}};
  EXPECT_FALSE(after_lines(state, {"2", ticket_to_paste()}));
  EXPECT_THAT(plain_question(state), HasSubstr("1 mpv\n2 the browser\n"));
  const auto choice = after_lines(state, {"2"});
  ASSERT_TRUE(leads_to<StartView>(choice));
  EXPECT_EQ(std::get<StartView>(*choice).player, MenuPlayer::kBrowser);
}

TEST(PlainMenu, TakesATicketWhereverItIsPasted) {
  MenuState state;
  EXPECT_TRUE(leads_to<StartView>(after_lines(state, {ticket_to_paste()})));
}

TEST(PlainMenu, PutsATicketTogetherThatAChatHasBroken) {
  MenuState state;
  const auto ticket = ticket_to_paste();
  EXPECT_FALSE(after_lines(state, {"2", ticket.substr(0, 30)}));
  ASSERT_TRUE(state.problem);
  EXPECT_THAT(plain_question(state), HasSubstr(state.problem->hint));
  EXPECT_TRUE(leads_to<StartView>(after_lines(state, {ticket.substr(30)})));
}

TEST(PlainMenu, GoesBackFromATicketThatIsNotThere) {
  for (const auto* line : {"", "b"}) {
    MenuState state;
    EXPECT_FALSE(after_lines(state, {"2", line}));
    EXPECT_EQ(state.page, MenuPage::kMain) << line;
  }
}

TEST(PlainMenu, OffersTheClipboardsTicketWithoutShowingIt) {
  MenuState state;
  offer_clipboard(state, ticket_to_paste(), kThatDay);
  EXPECT_FALSE(after_lines(state, {"2"}));
  EXPECT_THAT(plain_question(state), HasSubstr("Watch the ticket in your clipboard?"));
  EXPECT_THAT(plain_question(state), Not(HasSubstr(ticket_to_paste())));
  EXPECT_TRUE(leads_to<StartView>(after_lines(state, {""})));
}

TEST(PlainMenu, ReconnectsAtEnterAlone) {
  for (const auto* line : {"", "5", "r"}) {
    MenuState state = menu_after({}, an_end());
    EXPECT_THAT(plain_question(state), HasSubstr("5 Reconnect"));
    EXPECT_TRUE(leads_to<StartView>(after_lines(state, {line}))) << line;
  }
  auto kicked = an_end();
  kicked.ticket_is_useless = true;
  MenuState state = menu_after({}, kicked);
  EXPECT_THAT(plain_question(state), Not(HasSubstr("Reconnect")));
  EXPECT_FALSE(after_lines(state, {"5"}));
  EXPECT_FALSE(after_lines(state, {""}));
}

TEST(PlainMenu, HasNoControlCharacterInItsQuestions) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kVlc}, .player = MenuPlayer::kMpv};
  state.problem = Error{"a\x1b[2Jb\x07", "", ExitCode::kUsage};
  for (const auto page : {MenuPage::kMain, MenuPage::kTicket, MenuPage::kPlayer}) {
    state.page = page;
    EXPECT_TRUE(std::ranges::none_of(plain_question(state),
                                     [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7f; }));
  }
}

}  // namespace
}  // namespace pixelpass::cli
