#include "web/media_sender.hpp"

#include "browser.hpp"
#include <boost/endian/conversion.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

using testing::ElementsAre;

constexpr MediaTerms kTerms{.video_type = 96, .rtx_type = 97, .audio_type = 111, .playout_delay_id = 6};
/// Of a browser that says what has come.
constexpr MediaTerms kNumbered{.video_type = 96,
                               .rtx_type = 97,
                               .audio_type = 111,
                               .playout_delay_id = 6,
                               .transport_id = 3,
                               .numbers_audio = true};
constexpr Duration kFrame = 16'666'667ns;

SharedBytes picture_of(std::size_t bytes, bool keyframe) {
  Bytes stream{0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)};
  while (stream.size() < bytes) stream.push_back(static_cast<std::uint8_t>(stream.size() % 250 + 4));
  return SharedBytes::adopt(std::move(stream));
}

class MediaSenderTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  MediaSenderTest() { use(kTerms); }
  void use(const MediaTerms& terms) {
    sender_.emplace(terms, make_keys(GetParam()), seeded_random(1), now_);
    browser_.emplace(make_keys(GetParam()));
  }

  void show(std::size_t bytes, bool keyframe = false) {
    AccessUnit unit{picture_of(bytes, keyframe), AccessUnit::Kind::kVideo, now_ - kEpoch, now_};
    unit.keyframe = keyframe;
    sender_->on_unit(unit, now_);
  }
  void audio() {
    sender_->on_unit({SharedBytes::adopt(Bytes(160, 7)), AccessUnit::Kind::kOpus, now_ - kEpoch, now_}, now_);
  }
  bool flush() { return sender_->flush({}, *browser_, now_); }
  /// Where so many bytes may be sent, of which sound may take these.
  bool flush_within(std::size_t bytes, std::size_t of_audio = 0) {
    const auto before = sent_bytes();
    return sender_->flush({}, *browser_, now_, [=, this](AccessUnit::Kind kind) {
      const auto most = kind == AccessUnit::Kind::kOpus ? of_audio : bytes;
      return most - std::min(most, sent_bytes() - before);
    });
  }
  [[nodiscard]] std::size_t sent_bytes() const {
    std::size_t sum = 0;
    for (const auto& packet : browser_->packets) sum += packet.sealed.size();
    return sum;
  }
  /// As a driver does: at each timeout until then.
  void run_for(Duration duration) {
    const auto end = now_ + duration;
    flush();
    for (auto next = sender_->next_timeout(); next && *next <= end; next = sender_->next_timeout()) {
      now_ = std::max(now_ + 1us, *next);
      sender_->on_timeout(now_);
      flush();
    }
    now_ = std::max(now_, end);
  }
  bool tell(const Bytes& rtcp) { return sender_->on_rtcp(browser_->seal(rtcp), now_); }
  static Bytes nack(std::uint16_t sequence, std::uint32_t ssrc = kVideoSsrc) {
    Bytes bytes(16);
    boost::endian::store_big_u32(&bytes[0], 0x81cd0003);
    boost::endian::store_big_u32(&bytes[8], ssrc);
    boost::endian::store_big_u16(&bytes[12], sequence);
    return bytes;
  }
  static Bytes report(std::uint32_t highest, std::uint32_t lost, std::uint32_t last, std::uint32_t delay) {
    Bytes bytes(32);
    boost::endian::store_big_u32(&bytes[0], 0x81c90007);
    std::size_t at = 4;
    for (const auto value : {7U, kVideoSsrc, lost, highest, 90U, last, delay}) {
      boost::endian::store_big_u32(&bytes[at], value);
      at += 4;
    }
    return bytes;
  }

  static constexpr Instant kEpoch{100s};
  Instant now_ = kEpoch;
  std::optional<MediaSender> sender_;
  std::optional<Browser> browser_;
};

const Bytes kAsksForKeyframe{0x81, 206, 0, 2, 0, 0, 0, 1, 0x50, 0x58, 0, 1};

TEST_P(MediaSenderTest, BeginsWithAKeyframeAndAsksForIt) {
  show(500);
  flush();
  EXPECT_TRUE(browser_->packets.empty());
  EXPECT_TRUE(sender_->take_keyframe_wanted());
  EXPECT_FALSE(sender_->take_keyframe_wanted()) << "once";
  show(500, true);
  show(400);
  flush();
  EXPECT_EQ(browser_->packets.size(), 2U);
  EXPECT_FALSE(sender_->take_keyframe_wanted());
}

TEST_P(MediaSenderTest, APictureLeavesInOneCallAsEqualPackets) {
  show(13'000, true);
  flush();
  EXPECT_EQ(browser_->calls, 1U);
  const auto packets = browser_->of(kVideoSsrc);
  ASSERT_EQ(packets.size(), 12U);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].header.type, 96);
    EXPECT_EQ(packets[i].header.playout_delay_id, 6);
    EXPECT_EQ(packets[i].header.sequence, packets[0].header.sequence + i);
    EXPECT_EQ(packets[i].header.timestamp, packets[0].header.timestamp);
    EXPECT_EQ(packets[i].header.marker, i + 1 == packets.size());
  }
}

TEST_P(MediaSenderTest, SoundHasAClockOfItsOwnAndIsNotHeldBackByAKeyframe) {
  show(100'000, true);
  audio();
  now_ += 10ms;
  audio();
  flush();
  const auto audio_packets = browser_->of(kAudioSsrc);
  ASSERT_EQ(audio_packets.size(), 2U);
  EXPECT_EQ(audio_packets[0].header.type, 111);
  EXPECT_EQ(audio_packets[0].payload, Bytes(160, 7));
  EXPECT_EQ(audio_packets[1].header.timestamp - audio_packets[0].header.timestamp, 480U);
  EXPECT_TRUE(audio_packets[0].header.marker);
  EXPECT_FALSE(audio_packets[1].header.marker);
}

TEST_P(MediaSenderTest, TheClocksOfPictureAndSoundBeganAtOneMoment) {
  show(1'000, true);
  now_ += 7ms;
  audio();
  flush();
  // In ticks of 720 kHz both clocks count whole numbers, and wrap as one.
  const std::uint32_t picture_at = browser_->of(kVideoSsrc)[0].header.timestamp * 8;
  const std::uint32_t audio_at = browser_->of(kAudioSsrc)[0].header.timestamp * 15;
  EXPECT_EQ(audio_at - picture_at, 7U * 720);
}

TEST_P(MediaSenderTest, WhoHearsNothingGetsNoSound) {
  use({.video_type = 96, .rtx_type = 97, .playout_delay_id = 6});
  audio();
  flush();
  EXPECT_TRUE(browser_->packets.empty());
}

TEST_P(MediaSenderTest, AKeyframeDoesNotLeaveInOneBurstButSoon) {
  sender_->set_bitrate(4'000'000);
  show(200'000, true);
  flush();
  EXPECT_LT(browser_->count_of(kVideoSsrc), 60U);
  EXPECT_GT(browser_->count_of(kVideoSsrc), 10U);
  run_for(250ms);
  EXPECT_GT(browser_->count_of(kVideoSsrc), 170U);
  EXPECT_EQ(sender_->status().line.waiting_bytes, 0U);
}

TEST_P(MediaSenderTest, ALargeKeyframeOnAThinLineDoesNotKeepThePicturesBehindItTooLong) {
  sender_->set_bitrate(1'000'000);
  show(200'000, true);
  for (int picture = 0; picture < 60; ++picture) {
    run_for(16ms);
    show(2'000);
  }
  run_for(200ms);
  EXPECT_EQ(sender_->status().skipped_groups, 0U);
  EXPECT_EQ(sender_->status().line.waiting_bytes, 0U);
}

TEST_P(MediaSenderTest, AMissingPacketComesAgainInItsOwnStream) {
  show(5'000, true);
  flush();
  const auto lost = browser_->of(kVideoSsrc)[2];
  now_ += 50ms;
  EXPECT_TRUE(tell(nack(lost.header.sequence)));
  flush();
  const auto again = browser_->of(kRtxSsrc);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].header.type, 97);
  EXPECT_EQ(again[0].header.timestamp, lost.header.timestamp);
  EXPECT_EQ(boost::endian::load_big_u16(again[0].payload.data()), lost.header.sequence);
  EXPECT_EQ(Bytes(again[0].payload.begin() + 2, again[0].payload.end()), lost.payload);
}

TEST_P(MediaSenderTest, WithoutThatStreamItComesAgainAsItWas) {
  for (const auto id : {std::uint8_t{0}, std::uint8_t{3}}) {
    use({.video_type = 96, .audio_type = 111, .transport_id = id});
    show(5'000, true);
    flush();
    const auto lost = browser_->of(kVideoSsrc)[2];
    show(5'000);
    flush();
    tell(nack(lost.header.sequence));
    flush();
    EXPECT_EQ(browser_->packets.back().sealed, lost.sealed) << "also its number among all";
  }
}

TEST_P(MediaSenderTest, AllPacketsAreNumberedAsOneWhereTheBrowserSaysWhatHasCome) {
  use(kNumbered);
  show(5'000, true);
  audio();
  flush();
  tell(nack(browser_->of(kVideoSsrc)[2].header.sequence));
  flush();
  ASSERT_EQ(browser_->count_of(kRtxSsrc), 1U);
  ASSERT_EQ(browser_->count_of(kAudioSsrc), 1U);
  std::uint16_t number = 0;
  for (const auto& packet : browser_->packets) {
    EXPECT_EQ(packet.header.transport_id, 3);
    EXPECT_EQ(packet.header.transport_sequence, number++);
  }
}

TEST_P(MediaSenderTest, SoundIsNotNumberedForABrowserThatSaysNothingOfIt) {
  auto terms = kNumbered;
  terms.numbers_audio = false;
  use(terms);
  audio();
  show(1'000, true);
  flush();
  EXPECT_EQ(browser_->of(kAudioSsrc)[0].header.transport_id, 0);
  EXPECT_EQ(browser_->of(kVideoSsrc)[0].header.transport_sequence, 0);
  EXPECT_EQ(browser_->of(kVideoSsrc)[0].header.transport_id, 3);
}

TEST_P(MediaSenderTest, NumberedPacketsLeaveInOneCallTooOfOneSizeButForTheLast) {
  use(kNumbered);
  show(13'000, true);
  flush();
  EXPECT_EQ(browser_->calls, 1U);
  const auto packets = browser_->of(kVideoSsrc);
  ASSERT_EQ(packets.size(), 12U);
  for (std::size_t i = 0; i + 1 < packets.size(); ++i)
    EXPECT_EQ(packets[i].sealed.size(), packets[0].sealed.size());
}

TEST_P(MediaSenderTest, TheLineIsWhatFeedbackSaysOfAllStreamsOnceThereIsSome) {
  use(kNumbered);
  show(3'300, true);
  audio();
  flush();
  ASSERT_EQ(browser_->packets.size(), 4U);
  EXPECT_FALSE(sender_->status().line.reported_at);
  now_ += 40ms;
  // Of four packets from 0 on: all but the second, at the same time.
  tell({0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 2, 0, 0xac, 0, 1, 0, 0, 0, 0, 0});
  const auto line = sender_->status().line;
  EXPECT_EQ(line.reported_at, now_);
  EXPECT_TRUE(line.has_audio);
  EXPECT_EQ(line.sent_packets, 4U);
  EXPECT_EQ(line.latest_rtt, 40ms);
  const auto& packets = browser_->packets;
  EXPECT_EQ(line.in_flight_bytes, packets[1].sealed.size()) << "it may still come";
  EXPECT_EQ(line.acknowledged_bytes,
            packets[0].sealed.size() + packets[2].sealed.size() + packets[3].sealed.size());
}

TEST_P(MediaSenderTest, WhatIsAskedForInAFloodComesOnceARoundTripAndAFewTimesInAll) {
  show(1'000, true);
  flush();
  const auto sequence = browser_->packets[0].header.sequence;
  for (int i = 0; i < 100; ++i) {
    tell(nack(sequence));
    flush();
  }
  EXPECT_EQ(browser_->count_of(kRtxSsrc), 1U);
  for (int i = 0; i < 100; ++i) {
    now_ += 20ms;
    tell(nack(sequence));
    flush();
  }
  EXPECT_EQ(browser_->count_of(kRtxSsrc), 5U);
}

TEST_P(MediaSenderTest, WhatWasNeverSentOrIsLongGoneIsNotSent) {
  show(1'000, true);
  flush();
  const auto sequence = browser_->packets[0].header.sequence;
  tell(nack(static_cast<std::uint16_t>(sequence + 1)));
  tell(nack(sequence, kAudioSsrc));
  for (int i = 0; i < 120; ++i, now_ += kFrame) {
    show(1'000);
    flush();
  }
  tell(nack(sequence));
  flush();
  EXPECT_EQ(browser_->count_of(kRtxSsrc), 0U);
}

TEST_P(MediaSenderTest, WhatIsLateGivesWayToTheNextKeyframe) {
  show(1'000, true);
  flush();
  sender_->take_keyframe_wanted();
  browser_->is_full = true;
  for (int i = 0; i < 20; ++i, now_ += kFrame) show(1'000);
  sender_->on_timeout(now_);
  EXPECT_TRUE(sender_->take_keyframe_wanted());
  EXPECT_EQ(sender_->status().skipped_groups, 1U);
  EXPECT_EQ(sender_->status().line.waiting_bytes, 0U);
  browser_->is_full = false;
  browser_->packets.clear();
  show(1'000);
  flush();
  EXPECT_TRUE(browser_->packets.empty()) << "of no use without what was dropped";
  show(1'000, true);
  show(900);
  flush();
  EXPECT_EQ(browser_->packets.size(), 2U);
}

TEST_P(MediaSenderTest, AKeyframeThatHasBegunToLeaveIsNotGivenUpForTheNext) {
  show(100'000, true);
  flush();
  const auto begun = browser_->count_of(kVideoSsrc);
  ASSERT_GT(begun, 0U);
  browser_->is_full = true;
  for (int i = 0; i < 10; ++i, now_ += kFrame) show(1'000);
  for (int i = 0; i < 30; ++i, now_ += kFrame) show(1'000, i == 0);
  sender_->on_timeout(now_);
  EXPECT_EQ(sender_->status().skipped_groups, 1U) << "the rest of the first";
  browser_->is_full = false;
  run_for(90ms);
  const auto packets = browser_->of(kVideoSsrc);
  const auto last = std::ranges::find_if(packets, [](const auto& packet) { return packet.header.marker; });
  ASSERT_NE(last, packets.end());
  EXPECT_EQ(last->header.timestamp, packets[0].header.timestamp);
  EXPECT_GT(last - packets.begin(), 80);
  ASSERT_NE(std::next(last), packets.end());
  EXPECT_GT(std::next(last)->header.timestamp - last->header.timestamp, 10'000U) << "the next keyframe";
}

TEST_P(MediaSenderTest, WhoIsLeftBehindIsSentNoMoreThanItsLineTakes) {
  use(kNumbered);
  const Bytes first_has_come{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0x20, 1, 1, 0};
  const Bytes eight_have_come{0x8f, 205, 0, 7, 0,    0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 8,
                              0,    0,   2, 1, 0x20, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  show(500, true);
  flush();
  now_ += 40ms;
  tell(first_has_come);
  sender_->set_limit(LineLimit{1, 400'000, true});
  show(50'000, true);
  run_for(150ms);
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 12U);
  EXPECT_GT(sender_->status().line.waiting_bytes, 30'000U);
  tell(eight_have_come);
  run_for(20ms);
  EXPECT_GE(browser_->count_of(kVideoSsrc), 19U);
  const auto heard = browser_->count_of(kVideoSsrc);
  run_for(800ms);
  EXPECT_EQ(browser_->count_of(kVideoSsrc), heard);
  run_for(1s);
  EXPECT_EQ(sender_->status().line.waiting_bytes, 0U) << "to who tells nothing any more";
}

TEST_P(MediaSenderTest, WhoHasCaughtUpIsSentAllAgain) {
  use(kNumbered);
  show(500, true);
  flush();
  now_ += 40ms;
  tell({0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0x20, 1, 1, 0});
  sender_->set_limit(LineLimit{1, 400'000, true});
  show(50'000, true);
  run_for(50ms);
  EXPECT_LT(browser_->count_of(kVideoSsrc), 20U);
  sender_->set_limit(std::nullopt);
  run_for(100ms);
  EXPECT_GT(browser_->count_of(kVideoSsrc), 40U);
}

TEST_P(MediaSenderTest, AKeyframeLeavesAtThePaceOfALineThatTheEncoderFollows) {
  sender_->set_bitrate(4'000'000);
  sender_->set_limit(LineLimit{1, 3'800'000, false});
  show(50'000, true);
  run_for(30ms);
  EXPECT_LT(browser_->count_of(kVideoSsrc), 30U) << "44 of them without a limit";
  run_for(80ms);
  EXPECT_EQ(sender_->status().line.waiting_bytes, 0U);
}

TEST_P(MediaSenderTest, WhatThereIsNoRoomForWaitsAndDoesNotCountAsSent) {
  show(13'000, true);
  EXPECT_TRUE(flush_within(3'000));
  const auto some = browser_->count_of(kVideoSsrc);
  EXPECT_EQ(some, 2U);
  EXPECT_LE(sent_bytes(), 3'000U);
  EXPECT_EQ(sender_->status().line.sent_packets, some);
  EXPECT_LT(sender_->status().bytes_sent, 3'000);
  EXPECT_EQ(sender_->status().line.waiting_bytes, 0U) << "it is not the line that is slow";
  run_for(300ms);
  ASSERT_FALSE(browser_->reports.empty());
  const auto packets = browser_->of(kVideoSsrc);
  ASSERT_EQ(packets.size(), 12U) << "the rest, as soon as there is room";
  for (std::size_t i = 0; i < packets.size(); ++i)
    EXPECT_EQ(packets[i].header.sequence, packets[0].header.sequence + i);
  EXPECT_EQ(boost::endian::load_big_u32(&browser_->reports[0][20]), some);
  EXPECT_EQ(sender_->status().line.sent_packets, 12U);
}

TEST_P(MediaSenderTest, WhatWaitsForRoomWakesNobodyForIt) {
  show(13'000, true);
  flush_within(3'000);
  flush_within(0);
  const auto next = sender_->next_timeout();
  ASSERT_TRUE(next);
  EXPECT_GT(*next, now_) << "the next report";
}

TEST_P(MediaSenderTest, WhereThereIsLittleRoomPicturesGoBeforeSound) {
  audio();
  show(2'000, true);
  flush_within(1'300, 1'000);
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 1U);
  EXPECT_EQ(browser_->count_of(kAudioSsrc), 0U);
  now_ += 10ms;
  audio();
  flush_within(3'000, 2'000);
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 2U);
  const auto audio_packets = browser_->of(kAudioSsrc);
  ASSERT_EQ(audio_packets.size(), 1U) << "the one before is no use any more";
  EXPECT_TRUE(audio_packets[0].header.marker) << "something was left out before it";
}

TEST_P(MediaSenderTest, WhoHasGotNothingYetIsSentSoundWhereThereIsNoRoomForAPicture) {
  audio();
  show(2'000, true);
  flush_within(300);
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 0U);
  EXPECT_EQ(browser_->count_of(kAudioSsrc), 1U) << "to have something to report on";
}

TEST_P(MediaSenderTest, PicturesThatComeWhileThereIsNoRoomAreNotSentLate) {
  show(13'000, true);
  flush_within(3'000);
  EXPECT_FALSE(sender_->take_keyframe_wanted());
  for (int i = 0; i < 120; ++i, now_ += kFrame) {
    show(1'000);
    flush_within(0);
  }
  EXPECT_FALSE(sender_->take_keyframe_wanted()) << "nobody could be sent it";
  flush();
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 12U);
  show(1'000);
  flush();
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 12U);
  EXPECT_TRUE(sender_->take_keyframe_wanted());
}

TEST_P(MediaSenderTest, AFullSinkGetsTheSameOnceMore) {
  browser_->is_full = true;
  show(5'000, true);
  EXPECT_FALSE(flush());
  now_ += 10ms;
  EXPECT_FALSE(flush());
  browser_->is_full = false;
  EXPECT_TRUE(flush());
  const auto packets = browser_->of(kVideoSsrc);
  ASSERT_EQ(packets.size(), 5U);
  EXPECT_TRUE(packets.back().header.marker);
}

TEST_P(MediaSenderTest, AKeyframeIsWantedWhenTheBrowserAsks) {
  show(1'000, true);
  EXPECT_FALSE(sender_->take_keyframe_wanted());
  EXPECT_TRUE(tell(kAsksForKeyframe));
  EXPECT_TRUE(sender_->take_keyframe_wanted());
}

TEST_P(MediaSenderTest, TheDecoderThatAWrappedPictureIsKeptFromAsksInVain) {
  use({.video_type = 96, .rtx_type = 97, .audio_type = 111, .playout_delay_id = 6, .wrapped = true});
  show(1'000, true);
  tell(kAsksForKeyframe);
  EXPECT_FALSE(sender_->take_keyframe_wanted());
  flush();
  EXPECT_EQ(browser_->packets[0].payload[0], 0x10) << "RFC 7741: a frame begins";
}

TEST_P(MediaSenderTest, ForgedAndRepeatedReportsAreDropped) {
  auto good = browser_->seal(kAsksForKeyframe);
  EXPECT_TRUE(sender_->on_rtcp(good, now_));
  EXPECT_FALSE(sender_->on_rtcp(good, now_));
  auto other = browser_->seal(kAsksForKeyframe);
  other.back() ^= 1;
  EXPECT_FALSE(sender_->on_rtcp(other, now_));
}

TEST_P(MediaSenderTest, ByeIsNoticed) {
  EXPECT_FALSE(sender_->status().has_left);
  tell({0x81, 203, 0, 1, 0, 0, 0, 1});
  EXPECT_TRUE(sender_->status().has_left);
  EXPECT_EQ(sender_->status().heard_at, now_);
}

TEST_P(MediaSenderTest, ReportsMeasureTheRoundTripWithoutTheBrowsersDelay) {
  show(1'000, true);
  run_for(1ms);
  ASSERT_FALSE(browser_->reports.empty());
  const auto last = boost::endian::load_big_u32(&browser_->reports[0][10]);
  now_ = kEpoch + 140ms;
  tell(report(0, 0, last, 65'536 / 10));
  EXPECT_NEAR(to_ms(sender_->status().rtt), 40, 2);
  EXPECT_EQ(sender_->status().jitter, 1ms);
}

TEST_P(MediaSenderTest, PictureAndSoundAreToldOneClock) {
  show(1'000, true);
  audio();
  flush();
  now_ += 100ms;
  sender_->on_timeout(now_);
  flush();
  ASSERT_EQ(browser_->reports.size(), 2U);
  const auto field = [&](std::size_t report, std::size_t at) {
    return boost::endian::load_big_u32(&browser_->reports[report][at]);
  };
  EXPECT_EQ(field(0, 8), field(1, 8));
  EXPECT_EQ(field(0, 12), field(1, 12));
  const auto said = std::uint64_t{field(0, 8)} << 32U | field(0, 12);
  const auto since_picture = static_cast<double>(said - to_ntp(kEpoch)) / 4294967296.0;
  EXPECT_NEAR(field(0, 16) - browser_->of(kVideoSsrc)[0].header.timestamp, since_picture * 90'000, 2);
  EXPECT_NEAR(field(1, 16) - browser_->of(kAudioSsrc)[0].header.timestamp, since_picture * 48'000, 2);
}

TEST_P(MediaSenderTest, WhyThereIsNoMoreMediaIsToldInReportsOfAStreamThatHasAPacket) {
  show(1'000, true);
  sender_->say_bye(ByeReason::kKicked, now_);
  show(1'000, true);
  audio();
  flush();
  EXPECT_EQ(browser_->count_of(kVideoSsrc), 0U);
  const auto audio_packets = browser_->of(kAudioSsrc);
  ASSERT_EQ(audio_packets.size(), 1U);
  EXPECT_THAT(audio_packets[0].payload, ElementsAre(0xfc, 0xff, 0xfe));
  ASSERT_EQ(browser_->reports.size(), 2U);
  for (const auto& report : browser_->reports) {
    EXPECT_EQ(boost::endian::load_big_u32(&report[20]), 0x50580004U);
    EXPECT_EQ(boost::endian::load_big_u32(&report[24]), 0x70697865U);
  }
  EXPECT_FALSE(sender_->take_keyframe_wanted());
  EXPECT_EQ(sender_->next_timeout(), std::nullopt);
  now_ += 50ms;
  sender_->say_bye(ByeReason::kKicked, now_);
  flush();
  EXPECT_EQ(browser_->of(kAudioSsrc)[1].header.timestamp - audio_packets[0].header.timestamp, 480U);
}

TEST_P(MediaSenderTest, WhyThereIsNoMediaIsToldToABrowserWithoutSoundInReportsOfThePicture) {
  for (const bool wrapped : {false, true}) {
    use({.video_type = 96, .rtx_type = 97, .playout_delay_id = 6, .wrapped = wrapped});
    sender_->say_bye(ByeReason::kFull, now_);
    flush();
    const auto pictures = browser_->of(kVideoSsrc);
    ASSERT_EQ(pictures.size(), 1U) << "browsers speak of no stream of which nothing has come";
    EXPECT_LE(pictures[0].payload.size(), 3U);
    EXPECT_EQ(browser_->count_of(kAudioSsrc), 0U);
    ASSERT_FALSE(browser_->reports.empty());
    EXPECT_EQ(boost::endian::load_big_u32(&browser_->reports[0][4]), kVideoSsrc);
    EXPECT_EQ(boost::endian::load_big_u32(&browser_->reports[0][20]), 0x50580001U);
  }
}

TEST_P(MediaSenderTest, TheLineIsWhatHasComeWhatIsLostAndWhatIsOnItsWay) {
  show(10'500, true);
  flush();
  const auto packets = browser_->of(kVideoSsrc);
  const auto all = sender_->status().line;
  EXPECT_EQ(all.sent_packets, packets.size());
  EXPECT_EQ(all.acknowledged_bytes, 0U);
  EXPECT_EQ(all.reported_at, std::nullopt);
  tell(report(packets[4].header.sequence, 1, 0, 0));
  const auto line = sender_->status().line;
  EXPECT_EQ(line.lost_packets, 1U);
  EXPECT_EQ(line.reported_at, now_);
  EXPECT_GT(line.acknowledged_bytes, 2'000U);
  EXPECT_LT(line.acknowledged_bytes + line.in_flight_bytes, all.in_flight_bytes);
  tell(report(packets.back().header.sequence, 1, 0, 0));
  EXPECT_EQ(sender_->status().line.in_flight_bytes, 0U);
}

/// As after a picture that got lost, where the next one comes ten seconds later.
TEST_P(MediaSenderTest, PicturesGoOnWhereReportsNoLongerSpeakOfTheStream) {
  const Bytes speaks_of_no_stream{0x80, 201, 0, 1, 0, 0, 0, 7};
  show(500, true);
  flush();
  sender_->take_keyframe_wanted();
  now_ += 7s;
  tell(speaks_of_no_stream);
  show(500, true);
  flush();
  EXPECT_EQ(browser_->of(kVideoSsrc).size(), 1U);
  now_ += 2s;
  tell(speaks_of_no_stream);
  EXPECT_TRUE(sender_->take_keyframe_wanted());
  show(500, true);
  flush();
  EXPECT_EQ(browser_->of(kVideoSsrc).size(), 2U);
}

/// A minute of work under a sanitizer: once.
class MediaSenderHourTest : public MediaSenderTest {};

TEST_P(MediaSenderHourTest, AnHourOfSequenceNumbersWrapsAndIsStillAnswered) {
  browser_->keeps = false;
  std::uint16_t before = 0;
  int wraps = 0;
  constexpr int kPictures = 3600 * 60;
  const auto picture = picture_of(40, false);
  for (int i = 0; i < kPictures; ++i, now_ += kFrame) {
    AccessUnit unit{picture, AccessUnit::Kind::kVideo, now_ - kEpoch, now_};
    unit.keyframe = i == 0;
    sender_->on_unit(unit, now_);
    flush();
    const auto sequence = browser_->packets.back().header.sequence;
    if (i % 60 == 0) tell(report(sequence, 0, 0, 0));
    const bool wrapped = sequence < before;
    before = sequence;
    if (!wrapped) continue;
    ++wraps;
    tell(nack(0xffff));
    flush();
    ASSERT_EQ(browser_->packets.back().header.ssrc, kRtxSsrc);
    tell(report(sequence, 0, 0, 0));
    ASSERT_EQ(sender_->status().line.in_flight_bytes, 0U);
  }
  EXPECT_EQ(wraps, 3);
}

TEST_P(MediaSenderHourTest, WhatIsSentAgainWrapsToo) {
  browser_->keeps = false;
  std::uint16_t before = 0;
  int wraps = 0;
  const auto picture = picture_of(40, false);
  for (int i = 0; i < 70'000; ++i, now_ += kFrame) {
    AccessUnit unit{picture, AccessUnit::Kind::kVideo, now_ - kEpoch, now_};
    unit.keyframe = i == 0;
    sender_->on_unit(unit, now_);
    flush();
    const auto missing = browser_->packets.back().header.sequence;
    if (i % 60 == 0) tell(report(missing, 0, 0, 0));
    tell(nack(missing));
    flush();
    const auto again = browser_->packets.back();
    ASSERT_EQ(again.header.ssrc, kRtxSsrc);
    ASSERT_EQ(boost::endian::load_big_u16(again.payload.data()), missing);
    wraps += again.header.sequence < before ? 1 : 0;
    before = again.header.sequence;
  }
  EXPECT_EQ(wraps, 1);
}

INSTANTIATE_TEST_SUITE_P(Profiles, MediaSenderTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmSha1_80));

INSTANTIATE_TEST_SUITE_P(Profile, MediaSenderHourTest, testing::Values(SrtpProfile::kAeadAes128Gcm));

}  // namespace
}  // namespace pixelpass::web
