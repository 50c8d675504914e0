#include "x11_fixture.hpp"
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <xcb/composite.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <string>
#include <thread>

namespace pixelpass::capture {
namespace {

/// Whether the X server is asked for storage of a window that is none, which it refuses.
std::atomic<bool> storage_is_refused = false;
/// Whether it is asked to grab the pointer for a window that is none.
std::atomic<bool> grab_is_refused = false;

}  // namespace
}  // namespace pixelpass::capture

extern "C" __attribute__((visibility("default"))) xcb_grab_pointer_cookie_t xcb_grab_pointer(
    xcb_connection_t* connection, std::uint8_t owner_events, xcb_window_t window, std::uint16_t events,
    std::uint8_t pointer_mode, std::uint8_t keyboard_mode, xcb_window_t within, xcb_cursor_t cursor,
    xcb_timestamp_t at) {
  const auto real = reinterpret_cast<decltype(&xcb_grab_pointer)>(dlsym(RTLD_NEXT, "xcb_grab_pointer"));
  if (pixelpass::capture::grab_is_refused) window = XCB_NONE;
  return real(connection, owner_events, window, events, pointer_mode, keyboard_mode, within, cursor, at);
}

/// In place of libxcb-composite's, which does what is left.
extern "C" __attribute__((visibility("default"))) xcb_void_cookie_t xcb_composite_redirect_window_checked(
    xcb_connection_t* connection, xcb_window_t window, std::uint8_t update) {
  using Redirect = xcb_void_cookie_t (*)(xcb_connection_t*, xcb_window_t, std::uint8_t);
  const auto real = reinterpret_cast<Redirect>(dlsym(RTLD_NEXT, "xcb_composite_redirect_window_checked"));
  return real(connection, pixelpass::capture::storage_is_refused ? XCB_NONE : window, update);
}

namespace pixelpass::capture {
namespace {

using test::kServerPatience;
using test::Picture;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(X11CaptureTest, AWindowIsSharedWithoutItsBorderNorWhatCoversIt) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange, 3);
  painter_->open_window({60, 50, 50, 50}, kBlue);
  share_window(window);
  const auto picture = viewer_.wait_for_pictures(1);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->width, 100);
  EXPECT_EQ(picture->height, 80);
  EXPECT_TRUE(picture->is({0, 0, 100, 80}, kOrange));
  painter_->fill(window, {99, 79, 1, 1}, kGrey);
  EXPECT_TRUE(comes({99, 79, 1, 1}, kGrey)) << "the last pixel is in the picture";
}

TEST_F(X11CaptureTest, AWindowIsFollowedWhereverItGoes) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  auto wanted = settings();
  wanted.window = window;
  wanted.show_pointer = true;
  painter_->set_pointer(window, 8, kBlue);
  painter_->move_pointer(0, 0);
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  painter_->move(window, 260, 200);  // partly beyond the edges
  painter_->fill(window, {0, 0, 100, 80}, kGrey);
  EXPECT_TRUE(comes({0, 0, 100, 80}, kGrey)) << "whole, though a part of it is not on the screen";
  painter_->move_pointer(270, 205);
  EXPECT_TRUE(comes({10, 5, 8, 8}, kBlue)) << "the pointer is where it is in the window";
}

TEST_F(X11CaptureTest, AWindowThatIsResizedGivesPicturesOfItsSize) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  auto wanted = settings();
  wanted.window = window;
  wanted.fps = 1000;
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  for (int width = 204; width <= 300; width += 2) {
    painter_->resize(window, width, 60);
    viewer_.wait_for_another(3ms);  // longer than a picture would take, shorter than a size has to hold
  }
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == 300 && picture.height == 60 && picture.is({0, 0, 300, 60}, kOrange);
  }));
  EXPECT_LT(viewer_.count(), 20U) << "not one picture a step";
  EXPECT_EQ(capture_->describe().width, 300);
}

TEST_F(X11CaptureTest, AMinimisedWindowIsWaitedFor) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  painter_->set_title(window, "Letters");
  share_window(window);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  painter_->unmap(window);
  const auto notice = viewer_.wait_for_notice("not on the screen");
  ASSERT_TRUE(notice);
  EXPECT_THAT(notice->hint, HasSubstr("Letters"));
  const auto count = viewer_.count();
  painter_->map(window);
  painter_->fill(window, kMark, kBlue);
  EXPECT_TRUE(comes(kMark, kBlue));
  EXPECT_LT(viewer_.count(), count + 5);
}

TEST_F(X11CaptureTest, AWindowInsideAFrameIsSharedAlone) {
  const auto frame = painter_->open_window({50, 40, 140, 120}, kBlue);
  const auto window = painter_->open_window({0, 0, 100, 80}, kOrange);
  painter_->put_into(frame, window);
  share_window(window);
  EXPECT_TRUE(comes({0, 0, 100, 80}, kOrange));
  painter_->fill(window, kMark, kGrey);
  EXPECT_TRUE(comes(kMark, kGrey));
  painter_->put_into(painter_->root(), window);  // as when the window manager is restarted
  painter_->fill(window, {0, 0, 100, 80}, kBlue);
  EXPECT_TRUE(comes({0, 0, 100, 80}, kBlue));
}

TEST_F(X11CaptureTest, TheEndOfAWindowIsAnOrdinaryEnd) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  share_window(window);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  painter_->close(window);
  const auto ended = viewer_.wait_for_end();
  ASSERT_TRUE(ended);
  EXPECT_THAT(ended->what, IsEmpty());
  EXPECT_THAT(ended->hint, HasSubstr("window was closed"));
}

TEST_F(X11CaptureTest, AWindowThatEndsWhileNobodyWatchesEndsTheSharingToo) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  auto wanted = settings();
  wanted.window = window;
  share(wanted);
  painter_->close(window);
  EXPECT_TRUE(viewer_.wait_for_end());
}

TEST_F(X11CaptureTest, AWindowThatIsNotThereIsRefusedWithAListOfThoseThatAre) {
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  painter_->set_title(window, "Letters");
  painter_->list_as_client(window);
  auto wanted = settings();
  wanted.window = 0x7654321;
  EXPECT_THAT(refusal(wanted), AllOf(HasSubstr("no window 0x7654321"), HasSubstr("\"Letters\"")));
}

TEST_F(X11CaptureTest, AWindowThatGetsNoStorageOfItsOwnIsRefused) {
  auto wanted = settings();
  wanted.window = painter_->open_window({50, 40, 100, 80}, kOrange);
  storage_is_refused = true;
  const auto said = refusal(wanted);
  storage_is_refused = false;
  EXPECT_THAT(said, AllOf(HasSubstr("no storage of its own"), HasSubstr("--monitor")));
}

class PickTest : public X11CaptureTest {
 protected:
  /// Starts to share the window that is picked; returns once the click is waited for.
  void start_picking() {
    auto wanted = settings();
    wanted.pick_window = true;
    said_ = std::async(std::launch::async, [=, this]() -> std::string {
      try {
        share_and_play(wanted);
      } catch (const StartupError& refused) {
        return refused.error().what;
      }
      return "sharing";
    });
    const auto until = Clock::now() + kServerPatience;
    while (!painter_->pointer_is_held() && Clock::now() < until) std::this_thread::yield();
    ASSERT_TRUE(painter_->pointer_is_held());
  }
  void SetUp() override {
    X11CaptureTest::SetUp();
    if (!IsSkipped() && !server_->run("xdotool version"))
      GTEST_SKIP() << "needs xdotool: sudo apt install xdotool";
  }

  std::future<std::string> said_;
};

TEST_F(PickTest, AClickSharesTheApplicationsWindowInsideItsFrame) {
  const auto frame = painter_->open_window({50, 40, 140, 120}, kBlue);
  const auto between = painter_->open_window({0, 0, 120, 100}, kGrey);
  const auto window = painter_->open_window({0, 0, 90, 70}, kOrange);
  painter_->put_into(frame, between);
  painter_->put_into(between, window);
  painter_->mark_as_client(window);
  start_picking();
  ASSERT_TRUE(server_->run("xdotool mousemove 55 45 click 1"));
  EXPECT_EQ(said_.get(), "sharing");
  EXPECT_EQ(capture_->describe().width, 90);
  EXPECT_TRUE(comes({0, 0, 90, 70}, kOrange));
}

TEST_F(PickTest, EscapeSharesNothing) {
  start_picking();
  ASSERT_TRUE(server_->run("xdotool key a key Escape"));
  EXPECT_EQ(said_.get(), "no window was picked");
  EXPECT_FALSE(painter_->pointer_is_held());
}

TEST_F(PickTest, AServerThatRefusesTheGrabIsNotTakenForAnotherProgram) {
  auto wanted = settings();
  wanted.pick_window = true;
  grab_is_refused = true;
  const auto said = refusal(wanted);
  grab_is_refused = false;
  EXPECT_THAT(said, AllOf(HasSubstr("the X server does not let"), HasSubstr("--window XID")));
}

TEST_F(PickTest, AnotherButtonSharesNothing) {
  start_picking();
  ASSERT_TRUE(server_->run("xdotool click 3"));
  EXPECT_EQ(said_.get(), "no window was picked");
}

TEST_F(PickTest, TheBackgroundIsNoWindow) {
  start_picking();
  ASSERT_TRUE(server_->run("xdotool mousemove 5 5 click 1"));
  EXPECT_THAT(said_.get(), HasSubstr("background"));
}

}  // namespace
}  // namespace pixelpass::capture
