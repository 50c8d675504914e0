#include "pixelpass/base/error.hpp"

#include "picture_stream_fixture.hpp"
#include "refused_calls.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace pixelpass::capture {
namespace {

using namespace test;

TEST_F(PictureStreamTest, PicturesComeAsTheyAreDrawnAndOnlyThen) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  for (const auto pixel : {kRed, kGreen, kBlue}) {
    const auto before = Clock::now();
    const auto seen = show(screen, viewer, pixel);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->size, (Size{64, 48}));
    EXPECT_TRUE(seen->whole);
    EXPECT_TRUE(seen->orientation.is_upright());
    EXPECT_GE(viewer.last_at(), before) << "when it was drawn";
    EXPECT_LE(viewer.last_at(), Clock::now());
  }
  EXPECT_LE(viewer.count(), screen.drawn());
  EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
  EXPECT_EQ(viewer.stream().memory(), PictureMemory::kShared);
  EXPECT_EQ(screen.most_fps(), 30U) << "as many as are encoded";
}

TEST_F(PictureStreamTest, FewerPicturesASecondAreAskedForWithinTheStreamWhichGoesOn) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  for (const int fps : {10, 30}) {
    viewer.stream().offer({{}, fps});
    ASSERT_TRUE(viewer.wait_until([&] { return screen.most_fps() == static_cast<std::uint32_t>(fps); }));
    ASSERT_TRUE(show(screen, viewer, kGreen));
    EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
  }
}

/// One that is drawn before we have been started is lost in PipeWire.
TEST_F(PictureStreamTest, WhereTheFirstPictureDoesNotComeTheSourceIsStartedAgain) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.starts() > 2; })) << "a second one may be lost as well";
  ASSERT_TRUE(show(screen, viewer, kRed));
  EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
}

TEST_F(PictureStreamTest, ASourceThatHasShownOrWouldNotDrawAnewIsNotStartedAgain) {
  ScreenProducer shown({.name = "shown"});
  StreamViewer satisfied(*loop_, shown.node(), kShared);
  ASSERT_TRUE(show(shown, satisfied, kRed));
  const auto before = shown.starts();
  ScreenProducer portal({.name = "xdg-desktop-portal-wlr"});
  StreamViewer patient(*loop_, portal.node(), kShared);
  ASSERT_TRUE(patient.wait_until([&] { return portal.starts() > 0; }));
  const auto at_first = portal.starts();
  ScreenProducer other({.name = "other"});
  StreamViewer viewer(*loop_, other.node(), kShared);
  ASSERT_TRUE(viewer.wait_until([&] { return other.starts() > 2; })) << "their time is over by then";
  EXPECT_EQ(shown.starts(), before);
  EXPECT_EQ(portal.starts(), at_first);
}

TEST_F(PictureStreamTest, MemoryOfPipeWiresOwnIsReadToo) {
  ScreenProducer screen({.lent = true, .padding = 32});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  for (const auto pixel : {kRed, kGreen, kBlue}) {
    const auto seen = show(screen, viewer, pixel);
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->whole);
  }
  const spa_region part{{4, 6}, {20, 10}};
  const auto seen = show(screen, viewer, kRed, {.crop = part});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->size, (Size{20, 10}));
  EXPECT_TRUE(seen->whole);
}

TEST_F(PictureStreamTest, APictureOfMemoryThatCannotBeCopiedWholeIsPassedOver) {
  ScreenProducer screen({.lent = true});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  RefusedCalls::refuse(Call::kBufferFill, 2);
  for (const auto pixel : {kRed, kGreen}) {
    const auto seen = show(screen, viewer, pixel);
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->whole);
  }
  EXPECT_EQ(RefusedCalls::refused(), 2);
  EXPECT_FALSE(viewer.saw(0));
}

TEST_F(PictureStreamTest, OnlyTheVisiblePartIsHandedOnAndItFollows) {
  ScreenProducer screen({.padding = 32, .before = 4096});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  for (const auto& [x, y, width, height] : {std::array{10, 8, 20, 16}, {10, 8, 33, 17}, {44, 40, 20, 8}}) {
    const spa_region part{{x, y}, {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)}};
    const auto seen = show(screen, viewer, kRed, {.crop = part});
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->size, (Size{width, height}));
    EXPECT_TRUE(seen->whole);
    EXPECT_FALSE(seen->crop) << "what is not visible is not even there";
  }
  const auto whole = show(screen, viewer, kGreen);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->size, (Size{64, 48}));
}

TEST_F(PictureStreamTest, ATurnedScreenIsFollowed) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  for (const auto& [transform, orientation] : {std::pair{SPA_META_TRANSFORMATION_90, Orientation{false, 1}},
                                               {SPA_META_TRANSFORMATION_None, {false, 0}},
                                               {SPA_META_TRANSFORMATION_Flipped270, {true, 1}}}) {
    const auto seen = show(screen, viewer, kRed, {.transform = static_cast<std::uint32_t>(transform)});
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->orientation, orientation) << transform;
  }
}

TEST_F(PictureStreamTest, TheRangeOfItsColoursIsToldAlsoWhenItChanges) {
  ScreenProducer screen({.range = SPA_VIDEO_COLOR_RANGE_16_235});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  const auto limited = show(screen, viewer, kRed);
  ASSERT_TRUE(limited);
  EXPECT_THAT(limited->caps, testing::HasSubstr("colorimetry=(string)2:1:7:1"));
  screen.recolour(SPA_VIDEO_COLOR_RANGE_0_255);
  std::optional<Seen> full;
  ASSERT_TRUE(viewer.wait_until([&] {
    if (screen.draw(kGreen)) full = viewer.wait_for(kGreen, 20ms);
    return full && full->caps.find("colorimetry") == std::string::npos;
  }));
  EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
}

TEST_F(PictureStreamTest, WhatIsNoPictureIsPassedOverAndItsBufferGivenBack) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  const std::vector<ScreenProducer::Notes> none{
      {.flags = SPA_META_HEADER_FLAG_CORRUPTED},
      {.chunk_flags = SPA_CHUNK_FLAG_CORRUPTED},
      {.chunk_size = 0},
      {.chunk_size = 64 * 4 * 48 - 1},
      {.chunk_offset = 64 * 4},
      {.chunk_offset = 0xffff'ffff},
      {.stride = 64 * 4 + 4},
      {.stride = 64},
      {.stride = -64 * 4},
  };
  for (int round = 0; round < 3; ++round)
    for (const auto& notes : none)
      ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed, notes); })) << "no buffer is left";
  ASSERT_TRUE(show(screen, viewer, kGreen));
  EXPECT_FALSE(viewer.saw(kRed));
}

TEST_F(PictureStreamTest, BuffersAreGivenBackAtOnceWhereNobodyKeepsThem) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(show(screen, viewer, i % 2 == 0 ? kRed : kGreen));
  // One may be on its way.
  EXPECT_TRUE(viewer.wait_until([&] { return screen.free_buffers() + 1 >= screen.buffers(); }));
}

TEST_F(PictureStreamTest, WhoKeepsTooManyGetsTheNewestOneWhenThereIsRoom) {
  ScreenProducer screen({.buffers = 6});
  StreamViewer viewer(*loop_, screen.node(), kShared, 100);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(show(screen, viewer, kRed));
  // Each takes the place of the one that waits, whose buffer comes back.
  const auto draw = [&](std::uint32_t pixel) {
    return viewer.wait_until([&] { return screen.has_sent_all() && screen.draw(pixel); }) &&
           viewer.wait_until([&] { return screen.has_sent_all(); });
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(draw(kBlue)) << i;
  // PipeWire may lose one that meets the one before.
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(draw(kGreen)) << i;
  EXPECT_EQ(viewer.count(), 3U);
  // A busy machine may still have the last one under way.
  for (int i = 0; i < 10; ++i) {
    screen.tick();
    ASSERT_TRUE(viewer.wait_until([&] { return screen.has_sent_all(); }));
  }
  viewer.let_go();
  EXPECT_TRUE(viewer.wait_for(kGreen)) << "the screen is still from now on";
}

TEST_F(PictureStreamTest, ASourceThatHasGoneEndsIt) {
  auto screen = std::make_unique<ScreenProducer>(ScreenProducer::Nature{});
  StreamViewer viewer(*loop_, screen->node(), kShared);
  ASSERT_TRUE(show(*screen, viewer, kRed));
  screen.reset();
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, ANodeThatIsNotThereEndsIt) {
  StreamViewer viewer(*loop_, 4'000'000, kShared);
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, TheEndOfPipeWireEndsIt) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  pipewire_->kill();
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, TheEndOfItsLinkEndsIt) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  pipewire_->stop_session_manager();
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
  pipewire_->start_session_manager();
  StreamViewer next(*loop_, screen.node(), kShared);
  EXPECT_TRUE(show(screen, next, kGreen));
}

TEST_F(PictureStreamTest, ARemoteThatIsNoneEndsIt) {
  PictureStream stream(*loop_, Descriptor(-1), 1, kShared, {[](gst::Owned<GstSample>, Instant) {}, [] {}});
  const auto deadline = Clock::now() + kStreamPatience;
  while (stream.state() != PictureStream::State::kStopped && Clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(stream.state(), PictureStream::State::kStopped);
}

TEST_F(PictureStreamTest, ACallOfPipeWiresThatFailsEndsItAndTheNextOneStreams) {
  for (const Call call : {Call::kConnectFd, Call::kProperties, Call::kStream, Call::kStreamConnect}) {
    ScreenProducer screen({});
    {
      RefusedCalls::refuse(call, 1);
      StreamViewer viewer(*loop_, screen.node(), kShared);
      EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStopped);
      EXPECT_EQ(RefusedCalls::refused(), 1) << static_cast<int>(call);
    }
    StreamViewer next(*loop_, screen.node(), kShared);
    EXPECT_TRUE(show(screen, next, kRed));
  }
}

TEST_F(PictureStreamTest, AnOfferThatCannotBeMadeEndsIt) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  RefusedCalls::refuse(Call::kStreamParameters, 1);
  viewer.stream().offer({{}, 10});
  EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStopped);
}

TEST_F(PictureStreamTest, AnswersToItsFormatThatCannotBeMadeEndIt) {
  RefusedCalls::refuse(Call::kStreamParameters, 2);  // the producer's, which may come first, and ours
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
  EXPECT_GE(RefusedCalls::refused(), 1);
  RefusedCalls::refuse(Call::kStreamParameters, 0);
}

TEST_F(PictureStreamTest, ALoopThatCannotBeMadeIsAnError) {
  for (const Call call : {Call::kThreadLoop, Call::kContext}) {
    RefusedCalls::refuse(call, 1);
    EXPECT_THROW(const ScreenLoop none, StartupError);
    EXPECT_EQ(RefusedCalls::refused(), 1) << static_cast<int>(call);
  }
}

TEST_F(PictureStreamTest, ItsEndIsQuickWhileNobodyLinksIt) {
  pipewire_->kill();
  pipewire_->start_without_session_manager();
  ScreenProducer screen({});
  auto viewer = std::make_unique<StreamViewer>(*loop_, screen.node(), kShared);
  EXPECT_EQ(viewer->stream().state(), PictureStream::State::kConnecting);
  viewer.reset();
}

}  // namespace
}  // namespace pixelpass::capture
