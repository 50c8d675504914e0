#include "pixelpass/base/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass {
namespace {

using testing::ElementsAre;

TEST(SharedBytes, AreEmptyAtFirst) {
  const SharedBytes bytes;
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(bytes.size(), 0U);
}

TEST(SharedBytes, AdoptAVectorWithoutCopyingIt) {
  Bytes source = {1, 2, 3};
  const auto* where = source.data();
  const auto bytes = SharedBytes::adopt(std::move(source));
  EXPECT_EQ(bytes.data(), where);
  EXPECT_THAT(bytes.view(), ElementsAre(1, 2, 3));
}

TEST(SharedBytes, CopyOfDoesNotFollowItsSource) {
  Bytes source = {1, 2, 3};
  const auto bytes = SharedBytes::copy_of(source);
  source[0] = 9;
  EXPECT_THAT(bytes.view(), ElementsAre(1, 2, 3));
}

TEST(SharedBytes, LiveAsLongAsAnyCopy) {
  const auto owner = std::make_shared<int>(0);
  const std::weak_ptr<int> alive = owner;
  const Bytes memory = {4, 5};
  SharedBytes first(owner, memory);
  auto second = first;
  EXPECT_EQ(second.data(), first.data());
  EXPECT_EQ(owner.use_count(), 3);
  first = {};
  EXPECT_EQ(owner.use_count(), 2);
  second = {};
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(ByteViews, OfTextAndBackAreTheSameMemory) {
  const std::string_view text = "a\xff";
  EXPECT_THAT(as_bytes(text), ElementsAre('a', 0xff));
  EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
}

}  // namespace
}  // namespace pixelpass
