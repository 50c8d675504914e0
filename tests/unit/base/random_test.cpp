#include "pixelpass/base/random.hpp"

#include "pixelpass/base/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass {
namespace {

Bytes drawn(const Random& random, std::size_t count) {
  Bytes bytes(count);
  random(bytes);
  return bytes;
}

TEST(SeededRandom, RepeatsItselfForTheSameSeed) {
  EXPECT_EQ(drawn(seeded_random(42), 100), drawn(seeded_random(42), 100));
}

TEST(SeededRandom, DiffersFromSeedToSeedAndFromDrawToDraw) {
  EXPECT_NE(drawn(seeded_random(1), 100), drawn(seeded_random(2), 100));
  const auto random = seeded_random(1);
  EXPECT_NE(drawn(random, 100), drawn(random, 100));
}

TEST(SeededRandom, DoesNotDependOnHowMuchIsDrawnAtOnce) {
  const auto random = seeded_random(3);
  auto parts = drawn(random, 7);
  const auto rest = drawn(random, 93);
  parts.insert(parts.end(), rest.begin(), rest.end());
  EXPECT_EQ(parts, drawn(seeded_random(3), 100));
}

TEST(SystemRandom, FillsAllOfALongSpanDifferentlyEachTime) {
  // getrandom(2) may give less than asked for above 256 bytes.
  const auto first = drawn(system_random, 1 << 20);
  const auto second = drawn(system_random, 1 << 20);
  EXPECT_NE(first, second);
  const auto tail = std::span(first).last(4096);
  EXPECT_LT(std::ranges::count(tail, 0), 200);
}

}  // namespace
}  // namespace pixelpass
