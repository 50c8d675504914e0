#include "pixelpass/mpegts/ts_splitter.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "ts_splitter_streams.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace pixelpass::mpegts {
namespace {

TEST(TsSplitter, DamageCostsTheRestOfTheGroupAndIsMarked) {
  Stream stream(10);
  const Data before = stream.run(4);
  Data damaged = stream.run(1);
  damaged.erase(damaged.begin() + 300, damaged.begin() + 410);
  Split split;
  split.feed(join({before, damaged, stream.run(15)})).end();
  EXPECT_EQ(split.status, Status::kOk);
  EXPECT_EQ(split.keyframes(), 2U);
  EXPECT_EQ(split.splitter.counters().syncs_lost, 1U);
  for (const Frame& frame : split.frames)
    EXPECT_EQ(frame.after_gap, frame.keyframe && &frame != &split.frames[0]);
}

TEST(TsSplitter, FindsThePacketsBehindAFewForeignBytes) {
  const Data stream = Stream().run(12);
  Split split;
  split.feed(Data{0x47, 1, 2, 0x47} + stream).end();
  EXPECT_EQ(split.all(), stream);
}

TEST(TsSplitter, SaysThatNoiseIsNoTransportStream) {
  Data noise;
  for (std::uint32_t i = 0; i < 70'000; ++i)
    noise.push_back(static_cast<std::uint8_t>(i * 2654435761U >> 13));
  Split split;
  split.feed(noise, 4096);
  EXPECT_EQ(split.status, Status::kNotTransportStream);
  EXPECT_TRUE(split.frames.empty());
}

TEST(TsSplitter, SaysThatAShortTextIsNoTransportStream) {
  Split split;
  split.feed(Data(40, 'G')).end();
  EXPECT_EQ(split.status, Status::kNotTransportStream);
}

TEST(TsSplitter, SaysThatSoundAloneHasNoVideo) {
  TsWriter writer({.video = false, .audio = true});
  const Data adts(150, 0x77);
  Split split({.video_within = 100'000});
  for (int i = 0; i < 1000 && split.status == Status::kOk; ++i)
    split.feed(bytes_of(writer.write(test::audio_unit(adts, i * 21ms))));
  EXPECT_EQ(split.status, Status::kNoVideo);
}

TEST(TsSplitter, SaysThatASoundFileHasNoVideoWhenItEndsEarly) {
  TsWriter writer({.video = false, .audio = true});
  const Data adts(1500, 0x77);
  Split split;
  split.feed(bytes_of(writer.write(test::audio_unit(adts, 0ns)))).end();
  EXPECT_EQ(split.status, Status::kNoVideo);
}

TEST(TsSplitter, FrameAboveTheLimitIsDroppedWithItsGroup) {
  Stream stream(10);
  Split split({.frame_bytes = 100'000});
  split.feed(without_lengths(join({stream.run(3), stream.picture(300'000), stream.run(16)}))).end();
  EXPECT_EQ(split.splitter.counters().frames_too_long, 1U);
  ASSERT_EQ(split.keyframes(), 2U);
  for (const Frame& frame : split.frames) EXPECT_LE(frame.bytes.size(), 100'000U);
  const auto second =
      std::find_if(split.frames.begin() + 1, split.frames.end(), [](auto& f) { return f.keyframe; });
  EXPECT_TRUE(second->after_gap);
}

TEST(TsSplitter, DamageRightBeforeAKeyframeIsMarkedToo) {
  Stream stream(10);
  const Data before = stream.run(10);
  Split split;
  split.feed(join({before, Data(10, 0), stream.run(10)})).end();
  const auto second =
      std::find_if(split.frames.begin() + 1, split.frames.end(), [](auto& f) { return f.keyframe; });
  ASSERT_NE(second, split.frames.end());
  EXPECT_TRUE(second->after_gap);
}

TEST(TsSplitter, LastPictureIsLeftOutWhenItIsKnownToBeCutOff) {
  Stream stream;
  const Data whole = stream.run(2);
  Data cut = stream.picture(5000);
  cut.resize(cut.size() - 2 * kPacket);
  Split split;
  split.feed(whole + cut).end();
  EXPECT_EQ(split.all(), whole);
}

}  // namespace
}  // namespace pixelpass::mpegts
