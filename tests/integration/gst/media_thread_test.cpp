#include "pixelpass/gst/media_thread.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace pixelpass::gst {
namespace {

TEST(MediaThread, RunsWhatIsPostedInOrderOnOneThread) {
  constexpr int kTasks = 1000;
  std::vector<int> ran;
  std::latch done(1);
  MediaThread media;
  for (int i = 0; i < kTasks; ++i) media.post([&ran, i] { ran.push_back(i); });
  media.post([&done] { done.count_down(); });
  done.wait();
  ASSERT_EQ(ran.size(), static_cast<std::size_t>(kTasks));
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(MediaThread, ACallReturnsWhenAllBeforeItAndItHaveRun) {
  constexpr int kTasks = 100;
  int ran = 0;  // of the media thread, and then ours
  MediaThread media;
  for (int i = 0; i < kTasks; ++i) media.post([&ran] { ++ran; });
  media.call([&ran] { ran *= 2; });
  EXPECT_EQ(ran, 2 * kTasks);
}

TEST(MediaThread, WhatATaskHoldsGoesBeforeTheNextOneRuns) {
  constexpr int kTasks = 100;
  int held = 0;  // of the media thread alone
  int most = 0;
  std::latch begin(1);
  MediaThread media;
  media.post([&begin] { begin.wait(); });
  for (int i = 0; i < kTasks; ++i)
    media.post([&most, &held, one = std::shared_ptr<void>(nullptr, [&held](void*) { ++held; }), i] {
      most = std::max(most, i - held);
    });
  begin.count_down();
  media.call([] {});
  EXPECT_EQ(most, 0) << "tasks that had run still held something";
}

TEST(MediaThread, AHungOneCanBeLeftBehind) {
  std::latch over(1);
  auto media = std::make_unique<MediaThread>();
  media->post([&over] { over.wait(); });
  EXPECT_FALSE(media->answers(std::chrono::milliseconds(1)));
  MediaThread* left = media.get();
  MediaThread::leave_behind(std::move(media));
  over.count_down();
  left->call([] {});
  delete left;  // which is what only a test can do
}

TEST(MediaThread, TakesTasksFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 500;
  int ran = 0;  // of the media thread alone
  std::latch done(std::ptrdiff_t{kThreads} * kTasks);
  MediaThread media;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < kTasks; ++i)
          media.post([&] {
            ++ran;
            done.count_down();
          });
      });
  }
  done.wait();
  EXPECT_EQ(ran, kThreads * kTasks);
}

/// False when it has not ended by a deadline that ends a hang, and measures nothing.
bool ends(std::unique_ptr<MediaThread> media) {
  std::packaged_task<void()> destroy([media = std::move(media)]() mutable { media.reset(); });
  auto ended = destroy.get_future();
  std::thread(std::move(destroy)).detach();  // one that hangs must not hang the test as well
  return ended.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
}

TEST(MediaThread, EndsWhetherItSleepsOrHasOnlyJustBegun) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(ends(std::make_unique<MediaThread>())) << i;
    auto asleep = std::make_unique<MediaThread>();
    std::latch ran(1);
    asleep->post([&ran] { ran.count_down(); });
    ran.wait();
    ASSERT_TRUE(ends(std::move(asleep))) << i;
  }
}

}  // namespace
}  // namespace pixelpass::gst
