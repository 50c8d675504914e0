#include "pixelpass/base/backoff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass {
namespace {

std::vector<Duration> waits_of(Backoff& backoff, int failures) {
  std::vector<Duration> waits;
  for (int i = 0; i < failures; ++i) waits.push_back(backoff.on_failed());
  return waits;
}

TEST(Backoff, WaitsTwiceAsLongEachTimeUpToItsMost) {
  Backoff backoff(3s, 30s);
  EXPECT_THAT(waits_of(backoff, 6), testing::ElementsAre(3s, 6s, 12s, 24s, 30s, 30s));
}

TEST(Backoff, BeginsAnewOnceItHasWorked) {
  Backoff backoff(3s, 30s);
  waits_of(backoff, 4);
  backoff.on_worked();
  EXPECT_THAT(waits_of(backoff, 2), testing::ElementsAre(3s, 6s));
}

}  // namespace
}  // namespace pixelpass
