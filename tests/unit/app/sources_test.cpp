#include "app/host/sources.hpp"

#include <gmock/gmock.h>

namespace pixelpass::app {
namespace {

using ::testing::HasSubstr;

TEST(ChooseSource, takes_the_portal_on_wayland_even_where_xwayland_offers_x11_too) {
  EXPECT_EQ(choose_source(SourceKind::kAuto, {.wayland = true, .x11 = true}), SourceKind::kPortal);
}

TEST(ChooseSource, takes_x11_where_there_is_nothing_else) {
  EXPECT_EQ(choose_source(SourceKind::kAuto, {.wayland = false, .x11 = true}), SourceKind::kX11);
}

TEST(ChooseSource, leaves_what_was_asked_for_as_it_is) {
  for (const auto kind : {SourceKind::kPortal, SourceKind::kX11, SourceKind::kTest, SourceKind::kStdin})
    EXPECT_EQ(choose_source(kind, {}), kind);
}

TEST(ChooseSource, says_what_to_do_without_a_screen) {
  try {
    choose_source(SourceKind::kAuto, {});
    FAIL() << "there is no screen";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, HasSubstr("no screen"));
    EXPECT_THAT(error.error().hint, HasSubstr("--source test"));
    EXPECT_EQ(error.error().exit_code, ExitCode::kCouldNotStart);
  }
}

TEST(RequirePossible, SaysThatAVirtualMonitorIsADesktopsToMake) {
  EXPECT_NO_THROW(
      require_possible(SourceKind::kPortal, {.monitor = {}, .window = {}, .virtual_size = Size{1280, 720}}));
  EXPECT_NO_THROW(require_possible(SourceKind::kX11, {}));
  try {
    require_possible(SourceKind::kX11, {.monitor = {}, .window = {}, .virtual_size = Size{1280, 720}});
    FAIL() << "X11 makes no monitors";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().hint, HasSubstr("leave --virtual out"));
    EXPECT_EQ(error.error().exit_code, ExitCode::kUsage);
  }
}

TEST(WantedFromUser, SaysThatAClickIsWaitedFor) {
  const auto wanted = wanted_from_user(SourceKind::kX11, {.monitor = {}, .window = "", .virtual_size = {}});
  ASSERT_TRUE(wanted);
  EXPECT_THAT(wanted->what, HasSubstr("click"));
  EXPECT_THAT(wanted->hint, HasSubstr("Escape"));
}

TEST(WantedFromUser, IsNothingWhereNothingIsWaitedForOrADialogSaysIt) {
  EXPECT_FALSE(
      wanted_from_user(SourceKind::kX11, {.monitor = {}, .window = "0x1c00007", .virtual_size = {}}));
  EXPECT_FALSE(wanted_from_user(SourceKind::kX11, {}));
  EXPECT_FALSE(wanted_from_user(SourceKind::kPortal, {.monitor = {}, .window = "", .virtual_size = {}}));
}

}  // namespace
}  // namespace pixelpass::app
