#include "pixelpass/capture/x11/x11_capture.hpp"

#include "x_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

using test::kPatience;
using test::Painter;
using test::Picture;
using test::Viewer;
using test::XServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kWidth = 320;
constexpr int kHeight = 240;
constexpr Region kAll{0, 0, kWidth, kHeight};
constexpr Region kMark{40, 30, 20, 10};
constexpr std::uint32_t kGrey = 0x203040;
constexpr std::uint32_t kOrange = 0xfe8001;
constexpr std::uint32_t kBlue = 0x0102ff;
/// Ten pictures' time: nothing more comes then.
constexpr Duration kStill = 300ms;

class X11CaptureTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = XServer::start(kWidth, kHeight);
    if (server_ == nullptr) GTEST_SKIP() << "needs Xvfb: sudo apt install xvfb";
    painter_.emplace(server_->display());
    painter_->fill(kAll, kGrey);
  }

  [[nodiscard]] X11Settings settings() const {
    X11Settings settings;
    settings.display = server_->display();
    settings.show_pointer = false;
    return settings;
  }
  void share(const X11Settings& settings) { capture_ = make_x11_capture(settings, viewer_.callbacks()); }
  void share_and_play(const X11Settings& settings) {
    share(settings);
    capture_->play();
  }
  void share_window(xcb_window_t window) {
    auto wanted = settings();
    wanted.window = window;
    share_and_play(wanted);
  }
  bool comes(const std::function<bool(const Picture&)>& wanted) {
    return viewer_.wait_for(wanted).has_value();
  }
  bool comes(const Region& region, std::uint32_t colour) {
    return comes([&](const Picture& picture) { return picture.is(region, colour); });
  }
  /// What it says instead of starting.
  std::string refusal(const X11Settings& settings) {
    try {
      make_x11_capture(settings, viewer_.callbacks());
    } catch (const StartupError& refused) {
      return refused.error().what + " | " + refused.error().hint;
    }
    return "it starts";
  }

  std::unique_ptr<XServer> server_;
  std::optional<Painter> painter_;
  Viewer viewer_;
  std::unique_ptr<ScreenCapture> capture_;
};

TEST_F(X11CaptureTest, APictureIsExactlyWhatIsOnTheScreen) {
  painter_->fill(kMark, kOrange);
  painter_->fill({kWidth - 1, kHeight - 1, 1, 1}, kBlue);
  share(settings());
  EXPECT_EQ(capture_->describe().source, "x11");
  EXPECT_EQ(capture_->describe().width, kWidth);
  EXPECT_EQ(capture_->describe().height, kHeight);
  const auto before = Clock::now();
  capture_->play();
  const auto picture = viewer_.wait_for_pictures(1);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->format, "BGRx");
  ASSERT_EQ(picture->width, kWidth);
  ASSERT_EQ(picture->height, kHeight);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const bool marked = x >= 40 && x < 60 && y >= 30 && y < 40;
      const bool corner = x == kWidth - 1 && y == kHeight - 1;
      ASSERT_EQ(picture->at(x, y), marked ? kOrange : corner ? kBlue : kGrey) << x << "," << y;
    }
  EXPECT_GE(picture->captured_at, before);
  EXPECT_LE(picture->captured_at, Clock::now());
}

TEST_F(X11CaptureTest, WhatIsDrawnComes) {
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  for (const auto colour : {kOrange, kBlue, kGrey, kOrange}) {
    painter_->fill(kMark, colour);
    ASSERT_TRUE(viewer_.wait_for_another());
  }
  EXPECT_TRUE(comes(kMark, kOrange));
}

TEST_F(X11CaptureTest, AStillScreenGivesOnePictureAndNoMore) {
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  EXPECT_FALSE(viewer_.wait_for_pictures(2, kStill));
}

TEST_F(X11CaptureTest, NoMorePicturesComeThanTheRateAllows) {
  auto wanted = settings();
  wanted.fps = 20;
  share_and_play(wanted);
  const auto first = viewer_.wait_for_pictures(1);
  ASSERT_TRUE(first);
  std::uint32_t colour = 0;
  for (const auto until = Clock::now() + kPatience; viewer_.count() < 22 && Clock::now() < until;)
    painter_->fill(kMark, ++colour);
  const auto last = viewer_.wait_for_pictures(22);
  ASSERT_TRUE(last);
  // The first may have been late by one interval, and what follows keeps to the times that were planned.
  EXPECT_GE(last->captured_at - first->captured_at, 19 * 50ms);
}

TEST_F(X11CaptureTest, NothingComesBeforePlayNorAfterPause) {
  share(settings());
  painter_->fill(kMark, kBlue);
  EXPECT_FALSE(viewer_.wait_for_pictures(1, kStill));
  capture_->play();
  capture_->play();
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  capture_->pause();
  const auto count = viewer_.count();
  painter_->fill(kMark, kOrange);
  EXPECT_FALSE(viewer_.wait_for_pictures(count + 1, kStill));
  const auto again = Clock::now();
  capture_->play();
  const auto picture = viewer_.wait_for_pictures(count + 1);
  ASSERT_TRUE(picture);
  EXPECT_TRUE(picture->is(kMark, kOrange));
  EXPECT_GE(picture->captured_at, again);
}

TEST_F(X11CaptureTest, NothingComesOncePauseHasReturnedHoweverMuchChanges) {
  auto wanted = settings();
  wanted.fps = 1000;
  share(wanted);
  const std::jthread paints([display = server_->display()](const std::stop_token& stop) {
    Painter painter(display);
    for (std::uint32_t colour = 0; !stop.stop_requested(); ++colour) painter.fill(kMark, colour);
  });
  for (int i = 0; i < 200; ++i) {
    capture_->play();
    ASSERT_TRUE(viewer_.wait_for_another());
    capture_->pause();
    const auto count = viewer_.count();
    for (int draws = 0; draws < 20; ++draws) painter_->fill(kAll, kBlue);
    ASSERT_EQ(viewer_.count(), count) << i;
  }
}

TEST_F(X11CaptureTest, EveryPlayGivesAPictureAtOnce) {
  share(settings());
  for (int i = 0; i < 20; ++i) {
    const auto count = viewer_.count();
    capture_->play();
    ASSERT_TRUE(viewer_.wait_for_pictures(count + 1)) << i;
    capture_->pause();
  }
}

TEST_F(X11CaptureTest, ThePointerIsInThePicture) {
  painter_->set_pointer(painter_->root(), 8, kOrange);
  painter_->move_pointer(100, 100);
  auto wanted = settings();
  wanted.show_pointer = true;
  share_and_play(wanted);
  EXPECT_TRUE(comes({100, 100, 8, 8}, kOrange));
  painter_->move_pointer(200, 50);
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.is({200, 50, 8, 8}, kOrange) && picture.is({100, 100, 8, 8}, kGrey);
  })) << "it moves, and nothing stays behind";
  painter_->move_pointer(kWidth - 3, kHeight - 2);
  EXPECT_TRUE(comes({kWidth - 3, kHeight - 2, 3, 2}, kOrange)) << "cut off at the edge";
  painter_->set_pointer(painter_->root(), 8, kBlue);
  EXPECT_TRUE(comes({kWidth - 3, kHeight - 2, 3, 2}, kBlue)) << "another shape";
  viewer_.wait_for_another(kStill);
  EXPECT_FALSE(viewer_.wait_for_another(kStill)) << "it rests";
}

TEST_F(X11CaptureTest, AHiddenPointerChangesNothing) {
  painter_->set_pointer(painter_->root(), 8, kOrange);
  painter_->move_pointer(100, 100);
  share_and_play(settings());
  const auto picture = viewer_.wait_for_pictures(1);
  ASSERT_TRUE(picture);
  EXPECT_TRUE(picture->is(kAll, kGrey));
  painter_->move_pointer(120, 100);
  EXPECT_FALSE(viewer_.wait_for_pictures(2, kStill));
}

TEST_F(X11CaptureTest, AMonitorIsSharedByItsNameOrNumber) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  ASSERT_TRUE(server_->add_monitor("right", {100, 20, 160, 200}));
  painter_->fill({100, 20, 160, 200}, kOrange);
  for (const auto* name : {"right", "RIGHT", "2"}) {
    auto wanted = settings();
    wanted.monitor = name;
    Viewer viewer;
    const auto capture = make_x11_capture(wanted, viewer.callbacks());
    EXPECT_EQ(capture->describe().width, 160) << name;
    capture->play();
    const auto picture = viewer.wait_for_pictures(1);
    ASSERT_TRUE(picture) << name;
    EXPECT_EQ(picture->height, 200);
    EXPECT_TRUE(picture->is({0, 0, 160, 200}, kOrange));
  }
}

TEST_F(X11CaptureTest, WhatIsDrawnOnAnotherMonitorGivesNoPicture) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.monitor = "left";
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  painter_->fill({100, 0, 50, 50}, kOrange);
  EXPECT_FALSE(viewer_.wait_for_pictures(2, kStill));
  painter_->fill({99, 0, 50, 50}, kOrange);
  EXPECT_TRUE(comes({99, 0, 1, 50}, kOrange));
}

TEST_F(X11CaptureTest, AMonitorThatIsNotThereIsRefusedWithAListOfThoseThatAre) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  ASSERT_TRUE(server_->run("xrandr --output screen --primary"));
  wanted.monitor = "DP-9";
  EXPECT_THAT(refusal(wanted), AllOf(HasSubstr("no monitor \"DP-9\""), HasSubstr("2: left 100x240+0+0"),
                                     HasSubstr("1: screen 320x240+0+0 (primary)")));
}

TEST_F(X11CaptureTest, WithSeveralMonitorsThePrimaryOneIsSharedAndSaidSo) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  ASSERT_TRUE(server_->run("xrandr --output screen --primary"));
  share_and_play(settings());
  EXPECT_EQ(capture_->describe().width, kWidth);
  const auto notice = viewer_.wait_for_notice("sharing one monitor of 2: screen");
  ASSERT_TRUE(notice);
  EXPECT_THAT(notice->hint, HasSubstr("2: left"));
}

TEST_F(X11CaptureTest, WhenAMonitorThatNobodyAskedForGoesAnotherIsShared) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  share_and_play(settings());
  EXPECT_EQ(capture_->describe().width, 100) << "the first: none is primary";
  ASSERT_TRUE(server_->remove_monitor("left"));
  EXPECT_TRUE(viewer_.wait_for_notice("left has gone: sharing screen"));
  EXPECT_TRUE(comes(kAll, kGrey));
}

TEST_F(X11CaptureTest, AllMonitorsTogetherAreTheWholeScreen) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.monitor = "all";
  share(wanted);
  EXPECT_EQ(capture_->describe().width, kWidth);
}

TEST_F(X11CaptureTest, AMonitorThatGoesIsWaitedFor) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.monitor = "left";
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  ASSERT_TRUE(server_->remove_monitor("left"));
  ASSERT_TRUE(viewer_.wait_for_notice("left has gone"));
  const auto count = viewer_.count();
  painter_->fill(kMark, kOrange);
  EXPECT_FALSE(viewer_.wait_for_pictures(count + 1, kStill));
  ASSERT_TRUE(server_->add_monitor("left", {20, 0, 80, kHeight}));
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == 80 && picture.is({20, 30, 20, 10}, kOrange);
  }));
}

TEST_F(X11CaptureTest, AnotherModeOfTheScreenGivesPicturesOfItsSize) {
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  if (!server_->run("xrandr --newmode small 10 200 210 220 230 100 101 102 103 && "
                    "xrandr --addmode screen small && xrandr --output screen --mode small"))
    GTEST_SKIP() << "needs xrandr: sudo apt install x11-xserver-utils";
  painter_->fill({0, 0, 200, 100}, kBlue);
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == 200 && picture.height == 100 && picture.is({0, 0, 200, 100}, kBlue);
  }));
  EXPECT_EQ(capture_->describe().width, 200);
  ASSERT_TRUE(server_->run("xrandr --output screen --mode 320x240"));
  painter_->fill(kAll, kOrange);
  EXPECT_TRUE(comes(kAll, kOrange));
}

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

TEST_F(X11CaptureTest, AServerThatIsKilledEndsTheSharingAndNotTheProcess) {
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  server_->kill();
  const auto ended = viewer_.wait_for_end();
  ASSERT_TRUE(ended);
  EXPECT_THAT(ended->what, AllOf(HasSubstr("X server"), HasSubstr(server_->display())));
  EXPECT_FALSE(ended->hint.empty());
}

TEST_F(X11CaptureTest, AServerThatHangsDoesNotKeepTheCaptureFromEnding) {
  auto wanted = settings();
  wanted.show_pointer = true;  // asks for it again and again
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  ASSERT_EQ(kill(server_->process(), SIGSTOP), 0);
  EXPECT_FALSE(viewer_.wait_for_another(kStill)) << "by now it waits for an answer";
  auto ended = std::async(std::launch::async, [this] { capture_.reset(); });
  EXPECT_EQ(ended.wait_for(kPatience), std::future_status::ready);
  server_->kill();
}

TEST_F(X11CaptureTest, ItCanEndAtAnyMoment) {
  std::mt19937 random(20);
  const auto window = painter_->open_window({50, 40, 100, 80}, kOrange);
  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE(i);
    auto wanted = settings();
    wanted.fps = 1000;
    wanted.show_pointer = true;
    if (i % 2 == 0) wanted.window = window;
    share_and_play(wanted);
    for (auto draws = random() % 30; draws > 0; --draws) {
      painter_->fill(window, kMark, static_cast<std::uint32_t>(random()));
      if (random() % 8 == 0) painter_->resize(window, 80 + static_cast<int>(random() % 50), 90);
    }
    capture_.reset();
    const auto count = viewer_.count();
    painter_->fill(window, kMark, kBlue);
    EXPECT_EQ(viewer_.count(), count);
  }
}

TEST_F(X11CaptureTest, PicturesOutliveTheCaptureAndTheServer) {
  std::vector<gst::Owned<GstSample>> kept;
  std::promise<void> first;
  auto capture = make_x11_capture(settings(), {[&](gst::Owned<GstSample> sample, Instant) {
                                                 kept.push_back(std::move(sample));
                                                 if (kept.size() == 1) first.set_value();
                                               },
                                               [](const Error&) {}, [](const Error&) {}});
  capture->play();
  ASSERT_EQ(first.get_future().wait_for(kPatience), std::future_status::ready);
  capture.reset();
  server_->kill();
  GstMapInfo map;
  auto* const buffer = gst_sample_get_buffer(kept.front().get());
  ASSERT_TRUE(gst_buffer_map(buffer, &map, GST_MAP_READ));
  EXPECT_EQ(map.data[0], kGrey & 0xff);
  EXPECT_EQ(map.data[map.size - 2], kGrey >> 16);
  gst_buffer_unmap(buffer, &map);
}

TEST_F(X11CaptureTest, SomebodyWhoKeepsAllPicturesGetsNoMoreUntilOneIsFreed) {
  std::mutex mutex;
  std::vector<gst::Owned<GstSample>> kept;
  std::condition_variable changed;
  auto wanted = settings();
  wanted.fps = 200;
  const auto capture = make_x11_capture(wanted, {[&](gst::Owned<GstSample> sample, Instant) {
                                                   const std::lock_guard lock(mutex);
                                                   kept.push_back(std::move(sample));
                                                   changed.notify_all();
                                                 },
                                                 [](const Error&) {}, [](const Error&) {}});
  capture->play();
  constexpr std::size_t kMost = 8;
  std::unique_lock lock(mutex);
  const auto wait_for = [&](std::size_t count) {
    std::uint32_t colour = 0;
    for (const auto until = Clock::now() + kPatience; kept.size() < count && Clock::now() < until;) {
      lock.unlock();
      painter_->fill(kMark, ++colour);
      lock.lock();
      changed.wait_for(lock, 5ms);
    }
    return kept.size() >= count;
  };
  ASSERT_TRUE(wait_for(kMost));
  painter_->fill(kMark, kOrange);
  EXPECT_FALSE(changed.wait_for(lock, kStill, [&] { return kept.size() > kMost; }));
  kept.pop_back();
  ASSERT_TRUE(changed.wait_for(lock, kPatience, [&] { return kept.size() == kMost; }))
      << "what has changed meanwhile comes without a further change";
}

TEST_F(X11CaptureTest, WithoutSharedMemoryPicturesComeOverTheConnection) {
  server_ = XServer::start(kWidth, kHeight, "-extension MIT-SHM");
  painter_.emplace(server_->display());
  painter_->fill(kAll, kGrey);
  painter_->fill(kMark, kOrange);
  auto wanted = settings();
  wanted.show_pointer = true;
  share_and_play(wanted);
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == kWidth && picture.is(kMark, kOrange) && picture.at(0, 0) == kGrey;
  }));
}

TEST_F(X11CaptureTest, WithoutCompositeAWindowIsRefused) {
  server_ = XServer::start(kWidth, kHeight, "-extension Composite");
  painter_.emplace(server_->display());
  auto wanted = settings();
  wanted.window = painter_->open_window({50, 40, 100, 80}, kOrange);
  EXPECT_THAT(refusal(wanted), HasSubstr("Composite"));
}

TEST_F(X11CaptureTest, WithoutRandrTheWholeScreenIsShared) {
  server_ = XServer::start(kWidth, kHeight, "-extension RANDR");
  painter_.emplace(server_->display());
  painter_->fill(kAll, kOrange);
  share_and_play(settings());
  EXPECT_TRUE(comes(kAll, kOrange));
  auto wanted = settings();
  wanted.monitor = "2";
  EXPECT_THAT(refusal(wanted), HasSubstr("only the whole screen"));
}

/// Xvfb's screen as a file (XWD), so that pixels change as under a driver that says nothing of it.
class ScreenFile {
 public:
  explicit ScreenFile(const std::filesystem::path& folder)
      : file_(folder / "Xvfb_screen0", std::ios::in | std::ios::out | std::ios::binary) {}
  void fill(const Region& where, std::uint32_t colour) {
    const std::vector<std::uint32_t> line(static_cast<std::size_t>(where.width), colour);
    file_.seekg(0, std::ios::end);
    const auto pixels = std::streamoff(file_.tellg()) - std::streamoff{kWidth} * kHeight * 4;
    for (int y = where.y; y < where.y + where.height; ++y) {
      file_.seekp(pixels + (std::streamoff{y} * kWidth + where.x) * 4);
      file_.write(reinterpret_cast<const char*>(line.data()), std::streamsize{where.width} * 4);
    }
    file_.flush();
  }

 private:
  std::fstream file_;
};

TEST_F(X11CaptureTest, AChangeThatTheServerDoesNotTellOfIsSeenAndFromThenOnAtTheFullRate) {
  const std::filesystem::path folder(testing::TempDir() + "x11-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  server_ = XServer::start(kWidth, kHeight, "-fbdir " + folder.string());
  ASSERT_NE(server_, nullptr);
  painter_.emplace(server_->display());
  painter_->fill(kAll, kGrey);
  ScreenFile screen(folder);
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  screen.fill(kMark, kOrange);
  EXPECT_TRUE(comes(kMark, kOrange));
  std::vector<Duration> spacings;
  Instant last;
  for (std::uint32_t colour = 1; colour <= 10; ++colour) {
    screen.fill({0, 0, 1, 1}, colour);
    const auto picture = viewer_.wait_for([&](const Picture& one) { return one.is({0, 0, 1, 1}, colour); });
    ASSERT_TRUE(picture) << "one pixel is enough";
    spacings.push_back(picture->captured_at - std::exchange(last, picture->captured_at));
  }
  // On a busy machine some are late; when it looks once a second only, not one is sooner.
  EXPECT_LT(*std::ranges::min_element(spacings), 900ms) << "no longer one a second";
  EXPECT_FALSE(viewer_.wait_for_another(kStill)) << "still, and silent";
  capture_.reset();
  std::filesystem::remove_all(folder);
}

TEST_F(X11CaptureTest, NoServerIsAnErrorThatSaysWhatToSet) {
  auto wanted = settings();
  wanted.display = ":54321";
  EXPECT_THAT(refusal(wanted), AllOf(HasSubstr("\":54321\""), HasSubstr("DISPLAY")));
}

TEST_F(X11CaptureTest, AScreenOfFewColoursIsRefused) {
  server_ = XServer::start(kWidth, kHeight, "-screen 0 320x240x16");
  EXPECT_THAT(refusal(settings()), HasSubstr("16 bits"));
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
    const auto until = Clock::now() + kPatience;
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
