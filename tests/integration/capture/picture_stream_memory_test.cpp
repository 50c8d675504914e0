#include "picture_stream_fixture.hpp"
#include "sync_spy.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/dma-buf.h>

namespace pixelpass::capture {
namespace {

using namespace test;

TEST_F(PictureStreamTest, DmaBufsGoToTheEncoderAsTheyAre) {
  ScreenProducer screen({.modifiers = {kTiled}, .padding = 32, .before = 4096});
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
  EXPECT_EQ(seen->layout, kTiled);
  EXPECT_EQ(seen->stride, 64 * 4 + 32);
  EXPECT_EQ(seen->offset, 4096U);
}

/// A source that has not chosen yet asks for the memory that it had before.
TEST_F(PictureStreamTest, AStreamOfDmaBufsMayFollowOneOfFiles) {
  for (const bool chooses_last : {false, true}) {
    ScreenProducer screen({.modifiers = {kTiled, kLinear}, .chooses_last = chooses_last});
    for (const StreamOffer& offer : {kShared, kImporting, kShared, kImporting}) {
      StreamViewer viewer(*loop_, screen.node(), offer);
      ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
      EXPECT_EQ(viewer.stream().memory(),
                offer == kImporting ? PictureMemory::kDmaBuf : PictureMemory::kShared);
      EXPECT_FALSE(viewer.stream().take_failed_import());
    }
  }
}

TEST_F(PictureStreamTest, ASourceThatNeverChoosesALayoutIsLeft) {
  ScreenProducer screen({.modifiers = {kTiled, kLinear}, .never_chooses = true});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] {
    EXPECT_NE(viewer.stream().state(), PictureStream::State::kStreaming);
    return HasFailure() || viewer.stream().state() == PictureStream::State::kStopped;
  }));
  EXPECT_TRUE(viewer.stream().is_unchosen_yet());
}

TEST_F(PictureStreamTest, ATurnedScreensDmaBufSaysItsLayoutToo) {
  ScreenProducer screen({.modifiers = {kTiled}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  const ScreenProducer::Notes turned{.transform = SPA_META_TRANSFORMATION_90};
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed, turned) && viewer.count() > 0; }));
  const auto seen = viewer.wait_for(0);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->orientation, (Orientation{false, 1}));
  EXPECT_EQ(seen->layout, kTiled);
}

/// The format that comes first names all layouts that both know.
TEST_F(PictureStreamTest, AStillScreenThatChoosesALayoutOwesNoPicture) {
  ScreenProducer screen({.modifiers = {kTiled, kLinear}, .chooses_last = true});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] {
    EXPECT_NE(viewer.stream().state(), PictureStream::State::kStuck);
    return HasFailure() || viewer.stream().is_settled();
  }));
  EXPECT_EQ(screen.modifier(), kLinear);
}

TEST_F(PictureStreamTest, WhoReadsADmaBufTellsTheKernelWhenItBeginsAndWhenItIsDone) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  SyncSpy::begin();
  ASSERT_TRUE(show(screen, viewer, kGreen));
  auto heard = SyncSpy::heard();
  // The red one may still have been read.
  if (!heard.empty() && (heard.front() & DMA_BUF_SYNC_END) != 0) heard.erase(heard.begin());
  ASSERT_GE(heard.size(), 2U);
  for (std::size_t i = 0; i < heard.size(); ++i)
    EXPECT_EQ(heard[i], DMA_BUF_SYNC_READ | (i % 2 == 0 ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END)) << i;
}

TEST_F(PictureStreamTest, ADmaBufIsFollowedToAnotherSize) {
  for (const StreamOffer& offer : {kShared, kImporting}) {
    ScreenProducer screen({.shared = false, .modifiers = {kLinear}});
    StreamViewer viewer(*loop_, screen.node(), offer);
    const std::uint32_t pixel = offer == kShared ? kRed : 0;  // what is imported is not looked at
    ASSERT_TRUE(show_in_size(screen, viewer, pixel, {64, 48}));
    screen.resize({96, 32});
    const auto seen = show_in_size(screen, viewer, pixel, {96, 32});
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->dma_buf);
    EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
  }
}

TEST_F(PictureStreamTest, SoftwareReadsADmaBufWhereThereIsNothingElse) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .padding = 32, .before = 4096});
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
  ASSERT_TRUE(viewer.wait_until([&] {
    screen.draw(kRed);  // into the buffers of before, as long as they are there
    return !screen.modifier();
  }));
  EXPECT_FALSE(viewer.read_a_dma_buf()) << "what is tiled has no rows";
  const auto shared = show(screen, viewer, kGreen);
  ASSERT_TRUE(shared);
  EXPECT_FALSE(shared->dma_buf);
  viewer.stream().offer(kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.modifier() == kTiled; }));
  ASSERT_TRUE(viewer.wait_until(
      [&] { return screen.draw(kRed) && viewer.stream().memory() == PictureMemory::kDmaBuf; }));
}

TEST_F(PictureStreamTest, WhatWasImportedIsReadOnceItIsImportedNoMore) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  viewer.stream().offer(kShared);
  const auto seen = show(screen, viewer, kRed);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->whole);
}

TEST_F(PictureStreamTest, ADmaBufIsGivenBackWhenNobodyHasItAnyMoreAndNotBefore) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}});
  StreamViewer viewer(*loop_, screen.node(), kShared, 2);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(show(screen, viewer, i % 2 == 0 ? kRed : kGreen));
  EXPECT_LE(screen.free_buffers() + 2, screen.buffers());
  viewer.let_go();
  // One may be on its way.
  EXPECT_TRUE(viewer.wait_until([&] {
    screen.tick();
    return screen.free_buffers() + 1 >= screen.buffers();
  }));
}

TEST_F(PictureStreamTest, ALayoutThatCannotBeTakenIsTold) {
  ScreenProducer screen({.modifiers = {kTiled, kLinear}, .unusable = {kTiled}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  std::optional<std::uint64_t> failed;
  ASSERT_TRUE(viewer.wait_until([&] { return (failed = viewer.stream().take_failed_import()).has_value(); }));
  EXPECT_EQ(failed, kTiled);
  EXPECT_FALSE(viewer.stream().take_failed_import()) << "once";
  viewer.stream().offer({in_all_formats(std::array{kLinear}), 30});
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  EXPECT_EQ(screen.modifier(), kLinear);
}

TEST_F(PictureStreamTest, ADmaBufThatSoftwareCannotReadIsTold) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .unusable = {kLinear}});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kLinear; }));
}

TEST_F(PictureStreamTest, ADmaBufThatNobodyCanMapIsToldToSoftwareAlone) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .unmappable = true});
  {
    StreamViewer viewer(*loop_, screen.node(), kShared);
    EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kLinear; }));
  }
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  EXPECT_FALSE(viewer.stream().take_failed_import());
}

/// As compressed layouts have them.
TEST_F(PictureStreamTest, ADmaBufOfMorePlanesThanItsFormatHasIsToldAndTheNextLayoutIsTaken) {
  ScreenProducer screen({.modifiers = {kTiled}, .planes = 2});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kTiled; }));
  viewer.stream().offer({in_all_formats(std::array{kLinear}), 30});
  const auto seen = show(screen, viewer, kRed);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->dma_buf) << "it has no other layout";
}

TEST_F(PictureStreamTest, ALayoutThatCannotBeTakenAnyMoreIsToldWhenItsBuffersAreMadeAnew) {
  ScreenProducer screen({.modifiers = {kTiled}});
  StreamViewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  EXPECT_FALSE(viewer.stream().take_failed_import());
  screen.spoil(kTiled);
  screen.resize({96, 32});
  ASSERT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kTiled; }));
  viewer.stream().offer(kShared);
  const auto seen = show_in_size(screen, viewer, kGreen, {96, 32});
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->dma_buf);
}

TEST_F(PictureStreamTest, SharedMemoryThatCannotBeReadIsTold) {
  ScreenProducer screen({.empty = true});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_mapping() == SharedMemory::kAny; }));
  EXPECT_FALSE(viewer.stream().has_shown());
}

TEST_F(PictureStreamTest, SharedMemoryThatCannotBeReadIsToldAlsoOnceNoneIsOnOffer) {
  ScreenProducer screen({.modifiers = {kTiled}, .empty = true});
  StreamViewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_mapping() == SharedMemory::kAny; }));
  // The buffers of before are looked at again, as such for an encoder that imports.
  StreamOffer importing = kImporting;
  importing.shared = SharedMemory::kNone;
  viewer.stream().offer(importing);
  EXPECT_EQ(viewer.stream().take_failed_mapping(), SharedMemory::kNone);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
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
  StreamViewer viewer(*loop_, screen.node(), {{}, 30, SharedMemory::kLent});
  ASSERT_TRUE(show(screen, viewer, kRed));
  EXPECT_TRUE(viewer.stream().has_shown());
  EXPECT_FALSE(viewer.stream().take_failed_mapping());
}

TEST_F(PictureStreamTest, ASourceWithoutMemoryThatIsTakenEndsIt) {
  ScreenProducer screen({});
  StreamViewer viewer(*loop_, screen.node(), {{}, 30, SharedMemory::kLent});
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

}  // namespace
}  // namespace pixelpass::capture
