#include "cli/tui/menu_screen.hpp"

#include "cli/tui/clipboard_read.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace pixelpass::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr ScreenSize kWhole{80, 24};

std::string drawn(const MenuState& state, ScreenSize size = kWhole, bool in_colour = false) {
  return painted(menu_screen(state, size, in_colour), size);
}

TEST(MenuScreen, ShowsWhatCanBeChosenInSmallWindowsToo) {
  for (const ScreenSize size : {kWhole, ScreenSize{40, 10}, ScreenSize{16, 4}}) {
    const auto text = drawn({}, size);
    for (const auto* item : {"> h  Host", "v  View", "d  Doctor", "q  Quit"})
      EXPECT_THAT(text, HasSubstr(item)) << size.width << "x" << size.height;
  }
}

TEST(MenuScreen, SaysWhyWatchingHasEndedWithWhatToDo) {
  MenuState state;
  state.ended = WatchEnd{{"", std::nullopt}, {"the host is full", "ask your friend", ExitCode::kRefused}};
  const auto text = drawn(state);
  EXPECT_THAT(text, HasSubstr("the host is full"));
  EXPECT_THAT(text, HasSubstr("ask your friend"));
  EXPECT_THAT(text, HasSubstr("> r  Reconnect"));
}

TEST(MenuScreen, SaysWhyWhatWasChosenCannotBe) {
  MenuState state;
  state.ended = WatchEnd{{"", std::nullopt}, {"the host is full", "", ExitCode::kRefused}};
  state.problem = Error{"there is no screen to share", "run it inside a desktop session"};
  const auto text = drawn(state);
  EXPECT_THAT(text, HasSubstr("there is no screen to share"));
  EXPECT_THAT(text, HasSubstr("run it inside a desktop session"));
  EXPECT_THAT(text, Not(HasSubstr("the host is full"))) << "that was before";
}

TEST(MenuScreen, OffersTheClipboardsTicketUntilSomethingIsTyped) {
  MenuState state{.page = MenuPage::kTicket, .clipboard = "pp1secret"};
  EXPECT_THAT(drawn(state), HasSubstr("Watch the ticket in your clipboard? [Enter]"));
  EXPECT_THAT(drawn(state), Not(HasSubstr("pp1secret")));
  state.typed = "p";
  EXPECT_THAT(drawn(state), Not(HasSubstr("clipboard")));
}

TEST(MenuScreen, ShowsNothingOfAPasteThatATerminalWouldObey) {
  const MenuState state{.page = MenuPage::kTicket, .typed = "a\x1b[2J\x07"};
  EXPECT_THAT(drawn(state), Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(drawn(state), Not(HasSubstr("\x07")));
}

/// The row of the screen that has this text; -1: none.
int row_with(const std::string& screen, const std::string& text) {
  int row = 0;
  std::istringstream lines(screen);
  for (std::string line; std::getline(lines, line); ++row)
    if (line.find(text) != std::string::npos) return row;
  return -1;
}

TEST(MenuScreen, KnowsWhatIsInARow) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kVlc}};
  state.ended = WatchEnd{{"", std::nullopt}, {"the host is full", "ask your friend", ExitCode::kRefused}};
  for (const ScreenSize size : {kWhole, ScreenSize{20, 20}, ScreenSize{40, 10}}) {
    EXPECT_EQ(choice_in_row(state, size, row_with(drawn(state, size), "Reconnect")), 0U) << size.width;
    EXPECT_EQ(choice_in_row(state, size, row_with(drawn(state, size), "Quit")), 4U) << size.width;
    EXPECT_FALSE(choice_in_row(state, size, row_with(drawn(state, size), "the host is full")));
    EXPECT_FALSE(choice_in_row(state, size, row_with(drawn(state, size), "Quit") + 1));
  }
  state.page = MenuPage::kPlayer;
  EXPECT_EQ(choice_in_row(state, kWhole, row_with(drawn(state), "VLC")), 1U);
  state.page = MenuPage::kTicket;
  for (int row = 0; row < kWhole.height; ++row) EXPECT_FALSE(choice_in_row(state, kWhole, row));
}

TEST(MenuScreen, NamesThePlayersThatAreThere) {
  MenuState state{.players = {MenuPlayer::kMpv, MenuPlayer::kVlc, MenuPlayer::kBrowser}};
  EXPECT_THAT(drawn(state), HasSubstr("p: watch in mpv, VLC or the browser"));
  state.player = MenuPlayer::kBrowser;
  EXPECT_THAT(drawn(state), HasSubstr("p: watch in the browser, change it"));
  state.page = MenuPage::kPlayer;
  EXPECT_THAT(drawn(state), HasSubstr("b  the browser"));
}

TEST(MenuScreen, ALongErrorLeavesRoomForWhatCanBeChosen) {
  MenuState state;
  state.ended = WatchEnd{{"", std::nullopt},
                         {"the host did not answer, although its ticket names four addresses at which it was",
                          "ask whether it still runs; behind two NATs a relay is needed, which --relay names",
                          ExitCode::kNotReachable}};
  for (const ScreenSize size : {kWhole, ScreenSize{40, 10}, ScreenSize{24, 6}}) {
    const auto text = drawn(state, size);
    EXPECT_THAT(text, HasSubstr("the host did not")) << size.height;
    EXPECT_THAT(text, HasSubstr("q  Quit")) << size.height;
    EXPECT_EQ(choice_in_row(state, size, row_with(text, "Quit")), 4U) << size.height;
  }
  state.page = MenuPage::kTicket;
  state.problem = state.ended->why;
  EXPECT_THAT(drawn(state, {40, 6}), HasSubstr("Ticket: _"));
}

TEST(MenuScreen, TakesClicksOnWhatThereIsRoomFor) {
  MenuState state;
  state.ended = WatchEnd{{"", std::nullopt}, {"a long text of why it ended", "", ExitCode::kDone}};
  for (int row = 0; row < 4; ++row) EXPECT_EQ(choice_in_row(state, {16, 4}, row), row);
  EXPECT_FALSE(choice_in_row(state, {16, 4}, 4));
}

TEST(MenuScreen, LeavesTheMouseToTheTerminalWhereATicketIsPasted) {
  EXPECT_THAT(std::string(mouse_sequence({})), HasSubstr("\x1b[?1000h"));
  EXPECT_THAT(std::string(mouse_sequence({.page = MenuPage::kTicket})), HasSubstr("\x1b[?1000l"));
}

TEST(MenuScreen, HasColourOnlyWhereThatIsWanted) {
  MenuState state;
  state.ended = WatchEnd{{"", std::nullopt}, {"over", "", ExitCode::kDone}};
  EXPECT_NE(drawn(state, kWhole, true), drawn(state, kWhole, false));
  EXPECT_THAT(drawn(state), Not(HasSubstr("\x1b[91m")));
}

TEST(ClipboardReaders, AreThoseOfTheDisplayBeforeTheUser) {
  EXPECT_THAT(clipboard_readers({.wayland = true, .x11 = false, .remote = false, .tmux = true}),
              ElementsAre(ElementsAre("wl-paste", "--no-newline")));
  EXPECT_EQ(clipboard_readers({.wayland = true, .x11 = true, .remote = false, .tmux = false}).size(), 3U);
  EXPECT_THAT(clipboard_readers({.wayland = true, .x11 = true, .remote = true, .tmux = false}), IsEmpty());
}

}  // namespace
}  // namespace pixelpass::cli
