#include "cli/tui/menu_screen.hpp"

#include "cli/tui/clipboard_read.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
