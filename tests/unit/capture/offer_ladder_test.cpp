#include "capture/portal/offer_ladder.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pixelpass::capture {
namespace {

constexpr std::uint64_t kTiledLayout = 0x0100'0000'0000'0002;
constexpr std::uint64_t kOtherLayout = 0x0100'0000'0000'0001;
const DmaBufFormats kDmaBufs = in_all_formats(std::array{kTiledLayout, kLinear});

bool offers_dma_buf(const OfferLadder& ladder) {
  return !ladder.offer().dma_bufs.empty();
}

TEST(OfferLadder, WithoutAnEncoderThatTakesDmaBufsThereIsOnlySharedMemory) {
  OfferLadder ladder({}, 30);
  EXPECT_FALSE(offers_dma_buf(ladder));
  EXPECT_FALSE(ladder.on_failed());
  EXPECT_FALSE(ladder.on_timed_out());
  EXPECT_FALSE(ladder.on_import_failed(kTiledLayout));
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(OfferLadder, AllLayoutsThatTheEncoderTakesAreOnOffer) {
  const OfferLadder ladder(kDmaBufs, 60);
  EXPECT_EQ(ladder.offer(), (StreamOffer{kDmaBufs, 60}));
}

TEST(OfferLadder, ALayoutThatCannotBeImportedIsTakenOutEvenAfterItHasProvedItself) {
  OfferLadder ladder(kDmaBufs, 30);
  ladder.on_agreed();
  EXPECT_TRUE(ladder.on_import_failed(kTiledLayout));
  EXPECT_EQ(ladder.offer().dma_bufs, in_all_formats(std::array{kLinear}));
  EXPECT_FALSE(ladder.on_import_failed(kTiledLayout)) << "it is not on offer any more";
  EXPECT_TRUE(ladder.on_import_failed(kLinear));
  EXPECT_FALSE(offers_dma_buf(ladder));
  ladder.on_session();
  EXPECT_FALSE(offers_dma_buf(ladder)) << "the encoder is the same";
}

TEST(OfferLadder, WhereOfferingDmaBufsFailsSharedMemoryIsOfferedAlone) {
  OfferLadder ladder(kDmaBufs, 30);
  EXPECT_TRUE(ladder.on_failed());
  EXPECT_FALSE(offers_dma_buf(ladder));
  EXPECT_FALSE(ladder.on_failed());
}

TEST(OfferLadder, AnOfferThatGotNoAnswerInTimeIsMadeAgainToTheNextSessionsAFewTimes) {
  OfferLadder ladder(kDmaBufs, 30);
  for (int session = 0; session < 2; ++session) {
    EXPECT_TRUE(ladder.on_timed_out());
    EXPECT_FALSE(offers_dma_buf(ladder));
    ladder.on_agreed();
    ladder.on_session();
    EXPECT_TRUE(offers_dma_buf(ladder)) << session;
  }
  EXPECT_TRUE(ladder.on_timed_out());
  ladder.on_session();
  EXPECT_FALSE(offers_dma_buf(ladder)) << "each time costs what it waits for";
}

TEST(OfferLadder, AnOfferThatWasRefusedIsNotMadeAgain) {
  OfferLadder ladder(kDmaBufs, 30);
  EXPECT_TRUE(ladder.on_failed());
  ladder.on_session();
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(OfferLadder, WhatFailsOnceAnOfferHasProvedItselfIsNoRefusal) {
  OfferLadder ladder(kDmaBufs, 30);
  ladder.on_agreed();
  EXPECT_FALSE(ladder.on_failed());
  EXPECT_TRUE(offers_dma_buf(ladder));
  ladder.on_session();
  EXPECT_TRUE(offers_dma_buf(ladder));
}

StreamOffer shared_offer(SharedMemory shared, bool readable = true) {
  return {{}, 30, shared, readable};
}

TEST(OfferLadder, SharedMemoryThatCannotBeReadIsLeftForPipeWiresThenForWhatGpusDraw) {
  OfferLadder ladder({}, 30);
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kAny));
  EXPECT_TRUE(ladder.on_mapping_failed(SharedMemory::kAny));
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kLent));
  EXPECT_FALSE(ladder.on_mapping_failed(SharedMemory::kAny)) << "it is not on offer any more";
  EXPECT_TRUE(ladder.on_mapping_failed(SharedMemory::kLent));
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kNone));
  EXPECT_FALSE(ladder.is_exhausted());
  EXPECT_TRUE(ladder.on_import_failed(kLinear));
  EXPECT_TRUE(ladder.is_exhausted());
}

TEST(OfferLadder, ADmaBufThatSoftwareCannotReadIsNotOfferedToItAgain) {
  OfferLadder ladder({}, 30);
  EXPECT_FALSE(ladder.on_import_failed(kTiledLayout)) << "it was not on offer";
  EXPECT_TRUE(ladder.on_import_failed(kLinear));
  EXPECT_FALSE(ladder.on_import_failed(kLinear));
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kAny, false));
  EXPECT_FALSE(ladder.is_exhausted());
}

TEST(OfferLadder, WhatIsLeftAfterUnreadableMemoryAndIsRefusedIsTriedToTheEnd) {
  OfferLadder ladder({}, 30);
  ladder.on_mapping_failed(SharedMemory::kAny);
  int tries = 0;
  for (; !ladder.is_exhausted() && tries < 10; ++tries) {
    ladder.on_agreed();
    ladder.on_failed();
  }
  EXPECT_EQ(tries, 2);
}

TEST(OfferLadder, WhatIsLeftAfterUnreadableMemoryAndGetsNoAnswerTwiceIsTriedToTheEnd) {
  OfferLadder ladder({}, 30);
  ladder.on_mapping_failed(SharedMemory::kAny);
  EXPECT_FALSE(ladder.on_timed_out()) << "a busy machine may have been late";
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kLent));
  EXPECT_TRUE(ladder.on_timed_out());
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kNone));
  EXPECT_FALSE(ladder.on_timed_out());
  EXPECT_FALSE(ladder.is_exhausted());
  EXPECT_TRUE(ladder.on_timed_out());
  EXPECT_TRUE(ladder.is_exhausted());
}

TEST(OfferLadder, WhatGetsNoAnswerIsKeptUnlessMemoryWasUnreadableAndNothingElseCouldBeRead) {
  OfferLadder ladder({}, 30);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(ladder.on_timed_out());
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kAny));
  ladder.on_mapping_failed(SharedMemory::kAny);
  ladder.on_shown();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(ladder.on_timed_out());
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kLent));
}

TEST(OfferLadder, WhatGotNoAnswerDoesNotCountAgainstWhatIsLeftAfterIt) {
  OfferLadder ladder({}, 30);
  ladder.on_mapping_failed(SharedMemory::kAny);
  EXPECT_FALSE(ladder.on_timed_out());
  EXPECT_TRUE(ladder.on_mapping_failed(SharedMemory::kLent));
  EXPECT_FALSE(ladder.on_timed_out()) << "that was its first";
  EXPECT_TRUE(ladder.on_timed_out());
}

TEST(OfferLadder, WhatFailsOnceSomethingElseCouldBeReadIsNoRefusal) {
  OfferLadder ladder({}, 30);
  ladder.on_mapping_failed(SharedMemory::kAny);
  ladder.on_shown();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(ladder.on_failed());
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kLent));
}

TEST(OfferLadder, UnreadableSharedMemoryLeavesTheLayoutsOfAnEncoderOnOffer) {
  OfferLadder ladder(kDmaBufs, 30);
  ladder.on_agreed();
  EXPECT_TRUE(ladder.on_mapping_failed(SharedMemory::kLent));
  EXPECT_EQ(ladder.offer(), (StreamOffer{kDmaBufs, 30, SharedMemory::kNone, true}));
  EXPECT_FALSE(ladder.is_exhausted());
}

TEST(OfferLadder, LayoutsOfWhichNoneIsChosenAnyMoreAreLeftHoweverProven) {
  OfferLadder ladder(kDmaBufs, 30);
  ladder.on_agreed();
  EXPECT_TRUE(ladder.on_no_choice());
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(OfferLadder, LayoutsThatAnEncoderTakesNoMoreAreLeftOutAndThoseThatFailedStayOut) {
  OfferLadder ladder(in_all_formats(std::array{kTiledLayout, kOtherLayout, kLinear}), 30);
  ladder.on_agreed();
  EXPECT_TRUE(ladder.on_import_failed(kTiledLayout));
  EXPECT_TRUE(ladder.set_dma_bufs(kDmaBufs));
  EXPECT_EQ(ladder.offer().dma_bufs, in_all_formats(std::array{kLinear}));
  EXPECT_FALSE(ladder.set_dma_bufs(kDmaBufs)) << "it is the same offer";
  EXPECT_TRUE(ladder.set_dma_bufs({}));
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(OfferLadder, ARefusalIsNotForgottenWhenAnEncoderTakesLess) {
  OfferLadder ladder(kDmaBufs, 30);
  EXPECT_TRUE(ladder.on_failed());
  EXPECT_FALSE(ladder.set_dma_bufs(in_all_formats(std::array{kLinear})));
  EXPECT_FALSE(ladder.set_dma_bufs({}));
  EXPECT_FALSE(ladder.set_dma_bufs(kDmaBufs)) << "all of it was on offer before";
  ladder.on_session();
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(OfferLadder, WhatWasNeverOnOfferIsTriedAlsoAfterARefusal) {
  OfferLadder ladder(kDmaBufs, 30);
  EXPECT_TRUE(ladder.on_failed());
  EXPECT_TRUE(ladder.set_dma_bufs({{"XR24", {kOtherLayout}}}));
  EXPECT_EQ(ladder.offer().dma_bufs, (DmaBufFormats{{"XR24", {kOtherLayout}}}));
  EXPECT_TRUE(ladder.on_failed());
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(OfferLadder, TheSourcesMemoryThatCouldNotBeReadStaysOutWhateverTheEncoderTakes) {
  OfferLadder ladder({}, 30);
  EXPECT_TRUE(ladder.on_mapping_failed(SharedMemory::kAny));
  EXPECT_TRUE(ladder.set_dma_bufs(kDmaBufs));
  EXPECT_EQ(ladder.offer(), (StreamOffer{kDmaBufs, 30, SharedMemory::kLent}));
  EXPECT_TRUE(ladder.set_dma_bufs({}));
  EXPECT_EQ(ladder.offer(), shared_offer(SharedMemory::kLent));
}

}  // namespace
}  // namespace pixelpass::capture
