#include "picture_stream_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using namespace test;

/// What 5.27's nodes are called with PipeWire 0.3 (tests/e2e/kde_test.py asks the real one).
constexpr const char* kKWin = "kwin_wayland";

TEST_F(PictureStreamTest, AResizeInManyStepsIsFollowedWithinOneStream) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  for (int step = 1; step <= 20; ++step) {
    const Size size{64 + 7 * step, 48 + 3 * step};
    screen.resize(size);
    const auto seen = show_in_size(screen, viewer, kRed, size);
    ASSERT_TRUE(seen) << step;
    EXPECT_TRUE(seen->whole) << step;
    EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming) << step;
  }
}

TEST_F(PictureStreamTest, WhereNoPictureFollowsAResizeKWinIsStartedAgain) {
  ScreenProducer screen({.name = kKWin});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  for (int step = 1; step <= 3; ++step) {
    const auto before = screen.starts();
    screen.resize({64 + step, 48});
    ASSERT_TRUE(viewer.wait_until([&] { return screen.starts() > before; })) << step;
    ASSERT_TRUE(show_in_size(screen, viewer, kRed, {64 + step, 48})) << step;
  }
}

/// A newer PipeWire (1.4, not 0.3) starts a source once by itself when its format changes.
TEST_F(PictureStreamTest, WhereNoPictureFollowsAResizeOthersAreLeftToFinishIt) {
  const auto starts_until_stuck = [this](const char* name) {
    ScreenProducer::Nature nature;
    nature.name = name;
    ScreenProducer screen(nature);
    StreamViewer viewer(*loop_, screen.node(), kShared);
    EXPECT_TRUE(show(screen, viewer, kBlue));
    const auto before = screen.starts();
    screen.resize({32, 32});
    EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStuck));
    return screen.starts() - before;
  };
  EXPECT_EQ(starts_until_stuck("another-compositor") + 1, starts_until_stuck(kKWin));
}

TEST_F(PictureStreamTest, WhereNoPictureFollowsAResizeAnotherStreamIsWanted) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  screen.resize({32, 32});
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStuck));
  StreamViewer next(*loop_, screen.node(), kShared);
  EXPECT_TRUE(show_in_size(screen, next, kRed, {32, 32}));
}

TEST_F(PictureStreamTest, ASourceThatTakesAnySizeGivesTheOneThatIsAskedFor) {
  ScreenProducer screen({.any_size = true});
  StreamViewer viewer(*loop_, screen.node(), {{}, 30, SharedMemory::kAny, true, Size{96, 32}});
  EXPECT_TRUE(show_in_size(screen, viewer, kRed, {96, 32}));
}

TEST_F(PictureStreamTest, ASourceThatHasASizeOfItsOwnIsTakenAsItIs) {
  ScreenProducer screen({.size = {64, 48}});
  StreamViewer viewer(*loop_, screen.node(), {{}, 30, SharedMemory::kAny, true, Size{96, 32}});
  EXPECT_TRUE(show_in_size(screen, viewer, kRed, {64, 48}));
}

TEST_F(PictureStreamTest, AStillScreenWhoseFormatIsAgreedOnOnceMoreIsLeftAlone) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  ScreenProducer resized({});
  StreamViewer stuck(*loop_, resized.node(), kShared);
  ASSERT_TRUE(show(resized, stuck, kBlue));
  viewer.stream().offer({{}, 24});
  ASSERT_TRUE(viewer.wait_until([&] { return screen.most_fps() == 24; }));
  // A stream that began to miss its picture later is stuck: the other one would be, too.
  resized.resize({32, 32});
  ASSERT_TRUE(stuck.wait_for(PictureStream::State::kStuck));
  EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
}

TEST_F(PictureStreamTest, AStreamIsSettledByItsPicturesOrByLastingAndNotWhileItIsStuck) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().is_settled(); })) << "a still screen";
  ASSERT_TRUE(show(screen, viewer, kBlue));
  EXPECT_TRUE(viewer.stream().is_settled());
  screen.resize({32, 32});
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStuck));
  EXPECT_FALSE(viewer.stream().is_settled());
  ASSERT_TRUE(show_in_size(screen, viewer, kRed, {32, 32}));
  EXPECT_TRUE(viewer.stream().is_settled());
}

TEST_F(PictureStreamTest, AResizeBeforeTheFirstPictureIsFollowed) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStreaming));
  screen.resize({32, 32});
  EXPECT_TRUE(show_in_size(screen, viewer, kRed, {32, 32}));
}

TEST_F(PictureStreamTest, ThePictureOfALargerScreenLivesOnWhenItsBuffersHaveGone) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), kShared, 1);
  ASSERT_TRUE(show(screen, viewer, kRed));
  screen.resize({32, 32});
  ASSERT_TRUE(show_in_size(screen, viewer, kGreen, {32, 32}));
  const auto kept = viewer.let_go();  // AddressSanitizer looks on
  ASSERT_EQ(kept.size(), 1U);
  const Seen old = look_at(kept.front().get());
  EXPECT_EQ(old.pixel, kRed);
  EXPECT_TRUE(old.whole);
  ASSERT_TRUE(show(screen, viewer, kBlue));
}

}  // namespace
}  // namespace pixelpass::capture
