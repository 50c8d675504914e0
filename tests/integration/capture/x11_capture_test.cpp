#include "x11_fixture.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

using test::kServerPatience;
using test::Painter;
using test::Picture;

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
  for (const auto until = Clock::now() + kServerPatience; viewer_.count() < 22 && Clock::now() < until;)
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
  ASSERT_EQ(first.get_future().wait_for(kServerPatience), std::future_status::ready);
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
    for (const auto until = Clock::now() + kServerPatience; kept.size() < count && Clock::now() < until;) {
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
  ASSERT_TRUE(changed.wait_for(lock, kServerPatience, [&] { return kept.size() == kMost; }))
      << "what has changed meanwhile comes without a further change";
}

}  // namespace
}  // namespace pixelpass::capture
