#include "picture_stream_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using namespace test;

TEST_F(PictureStreamTest, DmaBufsGoToTheEncoderAsTheyAre) {
  ScreenProducer screen({.modifiers = {kTiled}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  const spa_region part{{4, 6}, {20, 10}};
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed, {.crop = part}) && viewer.count() > 0; }));
  const auto seen = viewer.wait_for(0);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->dma_buf);
  EXPECT_THAT(seen->caps, testing::HasSubstr("memory:DMABuf"));
  EXPECT_EQ(seen->size, (Size{64, 48}));
  EXPECT_EQ(seen->crop, (PicturePart{4, 6, {20, 10}}));
  EXPECT_EQ(viewer.stream().memory(), PictureMemory::kDmaBuf);
}

TEST_F(PictureStreamTest, SoftwareReadsADmaBufWhereThereIsNothingElse) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  const spa_region part{{4, 6}, {20, 10}};
  const auto seen = show(screen, viewer, kRed, {.crop = part});
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->dma_buf);
  EXPECT_TRUE(seen->whole);
  EXPECT_EQ(seen->size, (Size{20, 10}));
}

TEST_F(PictureStreamTest, AnotherOfferIsNegotiatedWithinTheStream) {
  ScreenProducer screen({.modifiers = {kTiled}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  viewer.stream().offer(kShared);
  ASSERT_TRUE(viewer.wait_until([&] { return !screen.modifier(); }));
  const auto shared = show(screen, viewer, kGreen);
  ASSERT_TRUE(shared);
  EXPECT_FALSE(shared->dma_buf);
  viewer.stream().offer(kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.modifier() == kTiled; }));
  ASSERT_TRUE(viewer.wait_until(
      [&] { return screen.draw(kRed) && viewer.stream().memory() == PictureMemory::kDmaBuf; }));
}

TEST_F(PictureStreamTest, ALayoutThatCannotBeTakenIsTold) {
  ScreenProducer screen({.modifiers = {kTiled, kLinear}, .unusable = {kTiled}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  std::optional<std::uint64_t> failed;
  ASSERT_TRUE(viewer.wait_until([&] { return (failed = viewer.stream().take_failed_import()).has_value(); }));
  EXPECT_EQ(failed, kTiled);
  EXPECT_FALSE(viewer.stream().take_failed_import()) << "once";
  viewer.stream().offer({true, {kLinear}, 30});
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  EXPECT_EQ(screen.modifier(), kLinear);
}

TEST_F(PictureStreamTest, ADmaBufThatSoftwareCannotReadIsTold) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .unusable = {kLinear}});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kLinear; }));
}

TEST_F(PictureStreamTest, SharedMemoryThatCannotBeReadIsTold) {
  ScreenProducer screen({.empty = true});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_mapping() == SharedMemory::kAny; }));
  EXPECT_FALSE(viewer.stream().has_shown());
}

TEST_F(PictureStreamTest, ASourceThatCutsItsMemoryOffEndsNobodyButIsTold) {
  ScreenProducer screen({.sealed = false});
  StreamViewer viewer(*loop_, screen.node(), kShared, 1);
  ASSERT_TRUE(show(screen, viewer, kRed));
  screen.shrink();
  const auto kept = viewer.let_go();
  ASSERT_EQ(kept.size(), 1U);
  const Seen seen = look_at(kept.front().get());
  EXPECT_EQ(seen.pixel, 0U);
  EXPECT_TRUE(seen.whole);
  EXPECT_TRUE(viewer.wait_until([&] {
    screen.draw(kRed, {.draws = false});
    return viewer.stream().take_failed_mapping() == SharedMemory::kAny;
  }));
}

TEST_F(PictureStreamTest, AFileInADmaBufsPlaceThatMayBeCutOffIsNotTaken) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .sealed = false});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kLinear; }));
}

TEST_F(PictureStreamTest, MemoryOfPipeWiresOwnComesWhereNoOtherIsTaken) {
  ScreenProducer screen({.lent = true});
  StreamViewer viewer(*loop_, screen.node(), {false, {}, 30, SharedMemory::kLent});
  ASSERT_TRUE(show(screen, viewer, kRed));
  EXPECT_TRUE(viewer.stream().has_shown());
  EXPECT_FALSE(viewer.stream().take_failed_mapping());
}

TEST_F(PictureStreamTest, ASourceWithoutMemoryThatIsTakenEndsIt) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), {false, {}, 30, SharedMemory::kLent});
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

}  // namespace
}  // namespace pixelpass::capture
