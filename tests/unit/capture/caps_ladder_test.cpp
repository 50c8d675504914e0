#include "capture/portal/caps_ladder.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using enum PictureMemory;

bool offers_dma_buf(const CapsLadder& ladder) {
  return ladder.offer().find("memory:DMABuf") != std::string::npos;
}

bool offers_shared(const CapsLadder& ladder) {
  return ladder.offer().find("video/x-raw,format") != std::string::npos;
}

TEST(CapsLadder, WithoutAnEncoderThatTakesDmaBufsThereIsOnlySharedMemory) {
  CapsLadder ladder({kShared});
  EXPECT_FALSE(offers_dma_buf(ladder));
  EXPECT_TRUE(offers_shared(ladder));
  EXPECT_FALSE(ladder.on_failed());
  EXPECT_TRUE(offers_shared(ladder));
}

TEST(CapsLadder, DmaBufsComeFirstAndSharedMemoryNextInTheSameOffer) {
  const CapsLadder ladder({kDmaBuf});
  EXPECT_LT(ladder.offer().find("memory:DMABuf"), ladder.offer().find("video/x-raw,format"));
}

TEST(CapsLadder, WhereOfferingDmaBufsFailsSharedMemoryIsOfferedAlone) {
  CapsLadder ladder({kDmaBuf});
  EXPECT_TRUE(ladder.on_failed());
  EXPECT_FALSE(offers_dma_buf(ladder));
  EXPECT_TRUE(offers_shared(ladder));
  EXPECT_FALSE(ladder.on_failed());
}

TEST(CapsLadder, AnOfferThatGotNoAnswerInTimeIsMadeAgainToTheNextSessionsAFewTimes) {
  CapsLadder ladder({kDmaBuf});
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

TEST(CapsLadder, AnOfferThatWasRefusedIsNotMadeAgain) {
  CapsLadder ladder({kDmaBuf});
  EXPECT_TRUE(ladder.on_failed());
  ladder.on_session();
  EXPECT_FALSE(offers_dma_buf(ladder));
}

TEST(CapsLadder, WhatFailsOnceAnOfferHasProvedItselfIsNoRefusal) {
  CapsLadder ladder({kDmaBuf});
  ladder.on_agreed();
  EXPECT_FALSE(ladder.on_failed());
  ladder.on_session();
  EXPECT_TRUE(offers_dma_buf(ladder));
}

TEST(CapsLadder, AnOfferThatHasProvedItselfIsKept) {
  CapsLadder ladder({kDmaBuf, kShared});
  ladder.on_agreed();
  EXPECT_FALSE(ladder.on_failed());
  EXPECT_TRUE(offers_dma_buf(ladder));
}

}  // namespace
}  // namespace pixelpass::capture
