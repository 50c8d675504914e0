#include "cli/tui/live_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace pixelpass::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LiveViewPlace person() {
  return {true, "xterm-256color", "de_DE.UTF-8", false, false, false};
}

TEST(LiveView, IsForAPersonAtATerminalThatCanShowIt) {
  EXPECT_TRUE(wants_live_view(person()));
  const auto without = [](auto change) {
    auto place = person();
    change(place);
    return wants_live_view(place);
  };
  EXPECT_FALSE(without([](auto& place) { place.on_terminal = false; }));
  EXPECT_FALSE(without([](auto& place) { place.json = true; }));
  EXPECT_FALSE(without([](auto& place) { place.plain = true; }));
  EXPECT_FALSE(without([](auto& place) { place.input_is_source = true; }));
  EXPECT_FALSE(without([](auto& place) { place.term = "dumb"; }));
  EXPECT_FALSE(without([](auto& place) { place.term = ""; }));
  EXPECT_FALSE(without([](auto& place) { place.locale = "C"; }));
  EXPECT_TRUE(without([](auto& place) { place.locale = "C.utf8"; }));
}

TEST(LiveView, HasColoursUnlessNoColorIsSetToSomething) {
  ::unsetenv("NO_COLOR");
  EXPECT_TRUE(wants_colour());
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(wants_colour());
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(wants_colour());
  ::unsetenv("NO_COLOR");
}

TEST(Clipboard, IsThatOfTheDisplayBeforeTheUser) {
  const auto first_words = [](const ClipboardPlace& place) {
    std::vector<std::string> words;
    for (const auto& program : clipboard_programs(place)) words.push_back(program.front());
    return words;
  };
  EXPECT_THAT(first_words({.wayland = true, .x11 = true}), ElementsAre("wl-copy", "xclip", "xsel"));
  EXPECT_THAT(first_words({.x11 = true}), ElementsAre("xclip", "xsel"));
  EXPECT_THAT(first_words({.wayland = true, .x11 = true, .remote = true}), IsEmpty());
  EXPECT_THAT(first_words({.wayland = true, .remote = true, .tmux = true}), ElementsAre("tmux"));
}

TEST(Clipboard, IsAskedForOfATerminalInBase64) {
  EXPECT_EQ(clipboard_sequence("pp1"), "\x1b]52;c;cHAx\x07");
  EXPECT_EQ(clipboard_sequence("pp1a"), "\x1b]52;c;cHAxYQ==\x07");
}

}  // namespace
}  // namespace pixelpass::cli
