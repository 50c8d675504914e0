#include "pixelpass/mpegts/ts_writer.hpp"

#include "../../unit/mpegts/access_units.hpp"
#include "encode/encode_meter.hpp"
#include "encode/frame_gate.hpp"
#include "support.hpp"

#include <atomic>
#include <thread>

namespace pixelpass::encode {
namespace {

/// What GStreamer's two streaming threads do to a source, by threads that a race detector sees through.
TEST(FrameGateThreads, VideoAndAudioShareOneWriterWhileTheOwnerPausesAndPlays) {
  constexpr int kRounds = 50;
  test::Collector collector;
  FrameGate gate(collector.callbacks());
  EncodeMeter meter(Clock::now());
  mpegts::TsWriter writer({});
  const Bytes payload(500, 0x41);
  std::atomic<bool> going = true;

  const auto deliver = [&](bool video) {
    for (int i = 0; going; ++i) {
      const Instant now = Clock::now();
      const AccessUnit unit = video ? pixelpass::test::video_unit(payload, i * 10ms, i % 10 == 0)
                                    : pixelpass::test::audio_unit(payload, i * 10ms);
      gate.pass(now, unit.keyframe, [&] { return writer.write(unit); });
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

}  // namespace
}  // namespace pixelpass::encode
