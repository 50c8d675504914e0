#include "cli/tui/menu_state.hpp"

#include "pixelpass/ticket/ticket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Key::Kind;

constexpr UnixTime kToday{};

std::string whole_ticket() {
  Ticket ticket;
  ticket.candidates.push_back({CandidateKind::kHost, SocketAddress::loopback(4000)});
  return encode_ticket(ticket);
}

Key letter(const char* text) {
  return {Kind::kText, text};
}
Key pasted(std::string text) {
  return {Kind::kPaste, std::move(text)};
}

/// The choice that the last of these keys makes; none before makes one.
std::optional<MenuChoice> after(MenuState& state, const std::vector<Key>& keys) {
  std::optional<MenuChoice> choice;
  for (const auto& key : keys) {
    EXPECT_FALSE(choice) << "a key behind a choice";
    choice = press(state, key, kToday);
  }
  return choice;
}

template <class T>
bool is(const std::optional<MenuChoice>& choice) {
  return choice && std::holds_alternative<T>(*choice);
}

TEST(Menu, StartsTheHostWithOneKey) {
  for (const Key& key : {letter("h"), Key{Kind::kEnter}}) {
    MenuState state;
    EXPECT_TRUE(is<StartHost>(after(state, {key})));
  }
}

TEST(Menu, HasALetterForEachItem) {
  MenuState state;
  EXPECT_TRUE(is<StartDoctor>(after(state, {letter("d")})));
  EXPECT_TRUE(is<LeaveMenu>(after(state, {letter("q")})));
  EXPECT_FALSE(after(state, {letter("r")})) << "nothing to reconnect to";
  EXPECT_FALSE(after(state, {letter("v")}));
  EXPECT_EQ(state.page, MenuPage::kTicket);
}

TEST(Menu, MovesWithArrowsAndStopsAtItsEnds) {
  MenuState state;
  EXPECT_TRUE(is<StartDoctor>(after(state, {{Kind::kUp}, {Kind::kDown}, {Kind::kDown}, {Kind::kEnter}})));
  EXPECT_TRUE(is<LeaveMenu>(after(state, {{Kind::kDown}, {Kind::kDown}, {Kind::kDown}, {Kind::kEnter}})));
}

TEST(Menu, WatchesWhatIsPastedWithoutAnotherKey) {
  for (const bool at_once : {true, false}) {
    MenuState state;
    if (!at_once) {
      EXPECT_FALSE(after(state, {letter("v")}));
    }
    const auto choice = after(state, {pasted("Ben: " + whole_ticket() + "\n")});
    ASSERT_TRUE(is<StartView>(choice));
    EXPECT_THAT(std::get<StartView>(*choice).ticket, HasSubstr(whole_ticket()));
    EXPECT_FALSE(std::get<StartView>(*choice).player) << "whichever is there";
  }
}

TEST(Menu, WatchesTheClipboardsTicketAtEnter) {
  MenuState state;
  offer_clipboard(state, "a shopping list", kToday);
  EXPECT_FALSE(state.clipboard);
  offer_clipboard(state, whole_ticket(), kToday);
  const auto choice = after(state, {letter("v"), {Kind::kEnter}});
  ASSERT_TRUE(is<StartView>(choice));
  EXPECT_EQ(std::get<StartView>(*choice).ticket, whole_ticket());
}

TEST(Menu, SaysWhatIsWrongWithATicketAndTakesABetterOne) {
  MenuState state;
  EXPECT_FALSE(after(state, {letter("v"), pasted("https://example.com/")}));
  ASSERT_TRUE(state.problem);
  EXPECT_FALSE(state.problem->hint.empty());
  EXPECT_EQ(state.page, MenuPage::kTicket);
  EXPECT_TRUE(is<StartView>(after(state, {pasted("\n" + whole_ticket())})));
  EXPECT_FALSE(state.problem);
}

TEST(Menu, ClearsAWrongTicketAtEnter) {
  MenuState state;
  EXPECT_FALSE(after(state, {letter("v"), pasted("nonsense"), {Kind::kEnter}}));
  EXPECT_EQ(state.typed, "");
  EXPECT_FALSE(state.problem);
}

TEST(Menu, PutsATicketTogetherThatIsPastedInPieces) {
  MenuState state;
  const auto ticket = whole_ticket();
  EXPECT_FALSE(after(state, {letter("v"), pasted(ticket.substr(0, 30))}));
  EXPECT_TRUE(state.problem) << "the end is missing";
  EXPECT_TRUE(is<StartView>(after(state, {pasted(ticket.substr(30))})));
}

TEST(Menu, AsksForThePlayerOnceWhereBothAreThere) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kVlc}};
  EXPECT_FALSE(after(state, {letter("v"), pasted(whole_ticket())}));
  EXPECT_EQ(state.page, MenuPage::kPlayer);
  const auto choice = after(state, {letter("v")});
  ASSERT_TRUE(is<StartView>(choice));
  EXPECT_EQ(std::get<StartView>(*choice).player, MenuPlayer::kVlc);

  MenuState next{.players = state.players, .player = state.player};
  const auto again = after(next, {pasted(whole_ticket())});
  ASSERT_TRUE(is<StartView>(again));
  EXPECT_EQ(std::get<StartView>(*again).player, MenuPlayer::kVlc);
  EXPECT_FALSE(after(next, {{Kind::kEscape}, letter("p")}));
  EXPECT_EQ(next.player, MenuPlayer::kMpv);
}

TEST(Menu, OffersTheBrowserAmongPlayers) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kBrowser}};
  EXPECT_FALSE(after(state, {letter("v"), pasted(whole_ticket())}));
  EXPECT_EQ(state.page, MenuPage::kPlayer);
  const auto choice = after(state, {letter("v"), letter("b")});  // VLC is not there
  ASSERT_TRUE(is<StartView>(choice));
  EXPECT_EQ(std::get<StartView>(*choice).player, MenuPlayer::kBrowser);
}

TEST(Menu, WatchesInTheBrowserWithoutAskingWhereThereIsNothingElse) {
  MenuState state{.players = {MenuPlayer::kBrowser}};
  const auto choice = after(state, {pasted(whole_ticket())});
  ASSERT_TRUE(is<StartView>(choice));
  EXPECT_EQ(std::get<StartView>(*choice).player, MenuPlayer::kBrowser);
}

TEST(Menu, GoesThroughAllPlayersWithALetter) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kVlc, MenuPlayer::kBrowser}};
  for (const auto player : {MenuPlayer::kMpv, MenuPlayer::kVlc, MenuPlayer::kBrowser, MenuPlayer::kMpv}) {
    EXPECT_FALSE(after(state, {letter("p")}));
    EXPECT_EQ(state.player, player);
  }
}

TEST(Menu, ForgetsAPlayerThatIsNotInstalledAnyMore) {
  MenuState state{.players = {MenuPlayer::kMpv}, .player = MenuPlayer::kVlc};
  const auto choice = after(state, {pasted(whole_ticket())});
  ASSERT_TRUE(is<StartView>(choice));
  EXPECT_FALSE(std::get<StartView>(*choice).player);
}

TEST(Menu, OffersToReconnectFirst) {
  MenuState state{.ended = WatchEnd{{whole_ticket(), MenuPlayer::kMpv}, {"over", "", ExitCode::kDone}}};
  EXPECT_THAT(menu_items(state), ElementsAre(MenuItem::kReconnect, MenuItem::kHost, MenuItem::kView,
                                             MenuItem::kDoctor, MenuItem::kQuit));
  for (const Key& key : {Key{Kind::kEnter}, letter("r")}) {
    const auto choice = after(state, {key});
    ASSERT_TRUE(is<StartView>(choice));
    EXPECT_EQ(std::get<StartView>(*choice).ticket, whole_ticket());
  }
}

TEST(Menu, LeadsToAnotherTicketWhereTheOldOneIsUseless) {
  const MenuState before{.players = {MenuPlayer::kMpv}, .player = MenuPlayer::kMpv};
  const WatchEnd kicked{{whole_ticket(), MenuPlayer::kMpv}, {"removed", "", ExitCode::kRefused}, true};
  MenuState state = menu_after(before, kicked);
  EXPECT_THAT(menu_items(state),
              ElementsAre(MenuItem::kHost, MenuItem::kView, MenuItem::kDoctor, MenuItem::kQuit));
  EXPECT_FALSE(after(state, {letter("r")}));
  EXPECT_FALSE(after(state, {{Kind::kEnter}}));
  EXPECT_EQ(state.page, MenuPage::kTicket);

  WatchEnd full = kicked;
  full.ticket_is_useless = false;
  state = menu_after(before, full);
  EXPECT_TRUE(is<StartView>(after(state, {{Kind::kEnter}})));
}

TEST(Menu, DoesWhatAClickIsOn) {
  MenuState state;
  EXPECT_TRUE(is<StartDoctor>(click(state, 2, kToday)));
  EXPECT_FALSE(click(state, 1, kToday));
  EXPECT_EQ(state.page, MenuPage::kTicket);
}

TEST(Menu, KeepsABoundedPartOfWhatIsPasted) {
  MenuState state;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(after(state, {pasted(std::string(16 << 10, 'x'))}));
  EXPECT_LE(state.typed.size(), std::size_t{16} << 10);
  EXPECT_TRUE(is<StartView>(after(state, {pasted("\n" + whole_ticket())})));
}

TEST(Menu, TakesTypedCharactersBack) {
  MenuState state;
  EXPECT_FALSE(after(state, {letter("v"), letter("a"), letter("\xc3\xa4"), {Kind::kBackspace}}));
  EXPECT_EQ(state.typed, "a");
  EXPECT_FALSE(after(state, {{Kind::kEscape}}));
  EXPECT_EQ(state.page, MenuPage::kMain);
}

}  // namespace
}  // namespace pixelpass::cli
