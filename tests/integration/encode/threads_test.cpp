#include "../../unit/mpegts/access_units.hpp"
#include "encode/encode_meter.hpp"
#include "encode/frame_gate.hpp"
#include "support.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace pixelpass::encode {
namespace {

/// What GStreamer's two streaming threads do to a source, by threads that a race detector sees through.
TEST(FrameGateThreads, VideoAndAudioComeInOrderWhileTheOwnerPausesAndPlays) {
  constexpr int kRounds = 50;
  test::Collector collector({.video = true, .audio = true});
  FrameGate gate(collector.callbacks());
  EncodeMeter meter(Clock::now());
  const Bytes payload(500, 0x41);
  std::atomic<bool> going = true;
  std::atomic<bool> seen_video = false;
  std::atomic<bool> seen_audio = false;

  const auto deliver = [&](bool video) {
    for (int i = 0; going; ++i) {
      const Instant now = Clock::now();
      AccessUnit unit = video ? pixelpass::test::video_unit(payload, i * 10ms, i % 10 == 0)
                              : pixelpass::test::audio_unit(payload, i * 10ms);
      unit.captured_at = now;
      if (gate.pass(std::move(unit)) == FrameGate::Outcome::kPassed) (video ? seen_video : seen_audio) = true;
      meter.add(Clock::now() - now, 1000);
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
      // One thread alone may have given them.
      const auto given_up = Clock::now() + 20s;
      while (!(seen_video && seen_audio) && Clock::now() < given_up) std::this_thread::yield();
      gate.close();
      meter.take(Clock::now());
    }
    going = false;
  }
  gate.end({});
  EXPECT_TRUE(collector.wait_for_end());

  const auto units = collector.units();
  std::map<AccessUnit::Kind, std::chrono::nanoseconds> last;
  for (const AccessUnit& unit : units) {
    EXPECT_TRUE(!unit.after_gap || unit.keyframe);
    const auto [before, first] = last.try_emplace(unit.kind, -1);
    EXPECT_LT(before->second, unit.pts);
    before->second = unit.pts;
  }
  EXPECT_EQ(last.size(), 2U);
  EXPECT_EQ(std::ranges::count_if(units, &AccessUnit::after_gap), kRounds - 1);
}

}  // namespace
}  // namespace pixelpass::encode
