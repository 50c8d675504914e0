#include "pixelpass/gst/media_thread.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
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

TEST(MediaThread, StopsAtOnceWhenNothingIsPosted) {
  for (int i = 0; i < 100; ++i) MediaThread();
}

}  // namespace
}  // namespace pixelpass::gst
