#include "pixelpass/mpegts/discontinuity.hpp"

#include "ts_packets.hpp"
#include <gtest/gtest.h>

namespace pixelpass::mpegts {
namespace {

constexpr std::uint16_t kVideo = 0x100;
constexpr std::uint16_t kAudio = 0x101;
constexpr std::uint16_t kTables = 0;
constexpr std::uint16_t kNullPid = 0x1fff;

class DiscontinuityTest : public testing::Test {
 protected:
  /// Plays one frame out with the packets ahead of it; gives these.
  Bytes play(const Bytes& frame, bool after_gap = false) {
    Bytes marks = marker_.before(frame, after_gap);
    checker_.feed(marks);
    checker_.feed(frame);
    return marks;
  }
  Bytes video(int packets) {
    Bytes frame;
    for (int i = 0; i < packets; ++i) writer_.payload(frame, kVideo);
    return frame;
  }

  void skip_table() {
    Bytes skipped;
    writer_.table(skipped, kTables);
  }

  PacketWriter writer_;
  DiscontinuityMarker marker_;
  ContinuityChecker checker_;
};

TEST_F(DiscontinuityTest, AddsNothingToAContinuousStream) {
  EXPECT_TRUE(play(video(3)).empty());
  EXPECT_TRUE(play(video(20)).empty());
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, AddsNothingWhenAReaderJoins) {
  EXPECT_TRUE(play(video(3), true).empty());
}

TEST_F(DiscontinuityTest, PutsOnePacketAheadOfTheFirstFrameAfterAGap) {
  play(video(3));
  video(5);  // skipped
  const Bytes marks = play(video(2), true);
  ASSERT_EQ(marks.size(), kTsPacketBytes);
  EXPECT_EQ(marks[0], 0x47);
  EXPECT_EQ(marks[1] << 8 | marks[2], kVideo);
  EXPECT_EQ(marks[3], 0x20 | 8) << "no payload; the counter of the packet before";
  EXPECT_EQ(marks[4], 183);
  EXPECT_EQ(marks[5], 0x80);
  EXPECT_TRUE(std::all_of(marks.begin() + 6, marks.end(), [](auto byte) { return byte == 0xff; }));
  EXPECT_TRUE(play(video(2)).empty()) << "marked once";
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, CountsBackOverTheCountersEnd) {
  play(video(1));
  video(14);                                 // skipped: 2 to 15
  const Bytes marks = play(video(1), true);  // 0
  EXPECT_EQ(marks.at(3) & 0x0f, 15);
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, MarksEachPidAheadOfTheFrameThatItIsIn) {
  Bytes both = video(1);
  writer_.payload(both, kAudio);
  play(both);
  Bytes skipped = video(3);
  writer_.payload(skipped, kAudio);
  EXPECT_EQ(play(video(1), true).size(), kTsPacketBytes);
  Bytes audio;
  writer_.payload(audio, kAudio);
  EXPECT_EQ(play(audio).size(), kTsPacketBytes);
  EXPECT_TRUE(play(video(1)).empty());
  EXPECT_EQ(checker_.errors, 0);
  EXPECT_EQ(checker_.marks, 2);
}

TEST_F(DiscontinuityTest, RepeatsThePcrOfThePacketThatFollows) {
  Bytes first;
  writer_.with_pcr(first, kVideo, 0x11);
  play(first);
  video(1);  // skipped
  Bytes next;
  writer_.with_pcr(next, kVideo, 0x22);
  const Bytes marks = play(next, true);
  EXPECT_EQ(marks.at(5), 0x90) << "discontinuity and PCR";
  EXPECT_EQ(Bytes(marks.begin() + 6, marks.begin() + 12), Bytes(6, 0x22));
  EXPECT_EQ(marks[12], 0xff);
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, KeepsTheCounterWhenThePacketThatFollowsHasNoPayload) {
  play(video(1));
  video(4);  // skipped
  Bytes next;
  writer_.without_payload(next, kVideo);
  const Bytes marks = play(next, true);
  EXPECT_EQ(marks.at(3) & 0x0f, 5);
  play(video(1));
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, MarksAgainAfterASecondGap) {
  play(video(1));
  video(1);
  play(video(1), true);
  video(1);
  EXPECT_FALSE(play(video(1), true).empty());
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, BridgesTheCountersOfATableWithTheTableItself) {
  Bytes table;
  writer_.table(table, kTables);
  play(table);
  for (int i = 0; i < 3; ++i) skip_table();
  Bytes next;
  writer_.table(next, kTables);
  const Bytes bridge = play(next, true);
  ASSERT_EQ(bridge.size(), 3 * kTsPacketBytes);
  for (std::size_t i = 0; i < 3; ++i) {
    Bytes repeated(bridge.begin() + static_cast<std::ptrdiff_t>(i * kTsPacketBytes),
                   bridge.begin() + static_cast<std::ptrdiff_t>((i + 1) * kTsPacketBytes));
    EXPECT_EQ(repeated[3], 0x10 | (2 + i));
    repeated[3] = next[3];
    EXPECT_EQ(repeated, next);
  }
  EXPECT_EQ(checker_.errors, 0);
  EXPECT_EQ(checker_.marks, 0) << "table parsers know no indicator";
}

TEST_F(DiscontinuityTest, AddsNothingWhenATablesCounterHappensToGoOn) {
  Bytes table;
  writer_.table(table, kTables);
  play(table);
  for (int i = 0; i < 16; ++i) skip_table();
  Bytes next;
  writer_.table(next, kTables);
  EXPECT_TRUE(play(next, true).empty());
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, MarksATableThatNeedsSeveralPackets) {
  Bytes table;
  writer_.table(table, kTables, 400);
  play(table);
  skip_table();
  Bytes next;
  writer_.table(next, kTables, 400);
  EXPECT_EQ(play(next, true).size(), kTsPacketBytes);
  EXPECT_EQ(checker_.marks, 1);
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(DiscontinuityTest, DoesNotTakeAPesPacketForATable) {
  Bytes first;
  writer_.pes(first, kVideo);
  play(first);
  video(4);  // skipped
  Bytes next;
  writer_.pes(next, kVideo);
  EXPECT_EQ(play(next, true).size(), kTsPacketBytes);
  EXPECT_EQ(checker_.marks, 1);
}

TEST_F(DiscontinuityTest, LeavesNullPacketsAlone) {
  Bytes null;
  writer_.payload(null, kNullPid);
  play(null);
  EXPECT_TRUE(play(null, true).empty());
}

TEST_F(DiscontinuityTest, PassesOverBytesThatAreNotPackets) {
  EXPECT_TRUE(marker_.before(Bytes(500, 0x00), true).empty());
  EXPECT_TRUE(marker_.before(Bytes(10, 0x47), true).empty());
}

}  // namespace
}  // namespace pixelpass::mpegts
