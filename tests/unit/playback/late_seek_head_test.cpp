#include "playback/late_seek_head.hpp"

#include <gtest/gtest.h>

namespace pixelpass::playback {
namespace {

// A segment, and in it a seek head of two bytes (Matroska's id and size of each), and what comes behind it.
const Bytes kBefore{0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
const Bytes kHead{0x11, 0x4D, 0x9B, 0x74, 0x01, 0, 0, 0, 0, 0, 0, 0x02};
const Bytes kBehind{0x4D, 0xBB, 0x15, 0x49, 0xA9, 0x66};

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(LateSeekHead, IsHiddenAsAnElementOfTheSameSizeThatSaysNothing) {
  LateSeekHead head;
  EXPECT_EQ(head.find(joined({kBefore, kHead, kBehind}), 32), kBefore.size());
  EXPECT_EQ(head.hidden(), (Bytes{0xEC, 0x01, 0, 0, 0, 0, 0, 0, 0x05, 0, 0, 0}));
}

TEST(LateSeekHead, IsShownAgainAsItWasAndWhereItWas) {
  LateSeekHead head;
  EXPECT_FALSE(head.find(kBehind, 0)) << "not yet";
  EXPECT_FALSE(head.shown());
  ASSERT_TRUE(head.find(joined({kBefore, kHead, kBehind}), 32));
  ASSERT_TRUE(head.shown());
  EXPECT_EQ(head.shown()->at, 32 + kBefore.size());
  EXPECT_EQ(head.shown()->bytes, kHead);
  EXPECT_FALSE(head.find(kHead, 100)) << "there is one";
  EXPECT_EQ(head.shown()->at, 32 + kBefore.size());
}

TEST(LateSeekHead, IsLeftAloneWhereItIsCutOffOrHasNoSizeThatItCouldBeHiddenBy) {
  EXPECT_FALSE(LateSeekHead().find(joined({kBefore, Bytes(kHead.begin(), kHead.end() - 1)}), 32));
  Bytes short_size = kHead;
  short_size[4] = 0x82;
  EXPECT_FALSE(LateSeekHead().find(short_size, 32));
  Bytes endless = kHead;
  endless.back() = 0xFF;
  EXPECT_FALSE(LateSeekHead().find(endless, 32));
}

TEST(LateSeekHead, IsNotLookedForInThePictures) {
  EXPECT_FALSE(LateSeekHead().find(kHead, 100'000));
}

}  // namespace
}  // namespace pixelpass::playback
