#include "pixelpass/base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace pixelpass {
namespace {

constexpr Instant kStart{1h};

TEST(TokenBucket, GivesItsBurstAtOnceAndThenItsRate) {
  TokenBucket bucket(3, 2);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart + 499ms));
  EXPECT_TRUE(bucket.take(kStart + 501ms));
  EXPECT_FALSE(bucket.take(kStart + 501ms));
}

TEST(TokenBucket, HoldsNoMoreThanItsBurst) {
  TokenBucket bucket(3, 2);
  EXPECT_TRUE(bucket.take(kStart));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart + 1h));
  EXPECT_FALSE(bucket.take(kStart + 1h));
}

TEST(TokenBucket, TakesNothingWhenItHasTooLittle) {
  TokenBucket bucket(3, 0);
  EXPECT_FALSE(bucket.take(kStart, 4));
  EXPECT_TRUE(bucket.take(kStart, 3));
}

}  // namespace
}  // namespace pixelpass
