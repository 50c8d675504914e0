#include "pixelpass/encode/encode_meter.hpp"
#include "pixelpass/encode/frame_gate.hpp"
#include "pixelpass/encode/media_thread.hpp"
#include "pixelpass/encode/ts_writer.hpp"

#include "support.hpp"

#include <atomic>
#include <latch>
#include <thread>

namespace pixelpass::encode {
namespace {

/// What GStreamer's two streaming threads do to a source, by threads that a race detector sees through.
TEST(FrameGateThreads, VideoAndAudioShareOneWriterWhileTheOwnerPausesAndPlays) {
  constexpr int kRounds = 50;
  test::Collector collector;
  FrameGate gate(collector.callbacks());
  EncodeMeter meter(Clock::now());
  TsWriter writer({});
  const Bytes payload(500, 0x41);
  std::atomic<bool> going = true;

  const auto deliver = [&](bool video) {
    for (int i = 0; going; ++i) {
      const Instant now = Clock::now();
      const AccessUnit unit{payload, i * 10ms, now, video && i % 10 == 0};
      gate.pass(now, unit.keyframe,
                [&] { return video ? writer.write_video(unit) : writer.write_audio(unit); });
      meter.add(Clock::now() - now);
      std::this_thread::yield();
    }
  };
  {
    const std::jthread video(deliver, true);
    const std::jthread audio(deliver, false);
    for (int round = 0; round < kRounds; ++round) {
      const std::size_t before = collector.count();
      gate.open(Clock::now());
      EXPECT_TRUE(collector.wait_for_frames(before + 3));
      gate.close();
      meter.take(Clock::now());
    }
    going = false;
  }
  gate.end({});
  EXPECT_TRUE(collector.wait_for_end());

  const auto frames = collector.frames();
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_TRUE(!frames[i].after_gap || frames[i].keyframe);
  // Whatever got through, the counters of each track are without a hole.
  std::array<int, 0x2000> last{};
  last.fill(-1);
  const Bytes all = test::joined(frames);
  for (std::size_t at = 0; at < all.size(); at += kTsPacketBytes) {
    const int pid = TsPacketView(all.data() + at).pid();
    const int counter = all[at + 3] & 0x0F;
    int& before = last.at(static_cast<std::size_t>(pid));
    ASSERT_TRUE(before == -1 || counter == (before + 1) % 16) << "PID " << pid;
    before = counter;
  }
}

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
}  // namespace pixelpass::encode
