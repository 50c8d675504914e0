#include "pixelpass/capture/orientation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pixelpass::capture {
namespace {

TEST(Orientation, EachOfTheEightNamesIsKnown) {
  for (int turns = 0; turns < 4; ++turns) {
    const std::string name = "rotate-" + std::to_string(turns * 90);
    EXPECT_EQ(orientation_named(name), (Orientation{false, turns})) << name;
    EXPECT_EQ(orientation_named("flip-" + name), (Orientation{true, turns})) << name;
  }
}

TEST(Orientation, AnyOtherNameSaysNothing) {
  for (const char* name : {"", "rotate", "rotate-45", "rotate-360", "flip-rotate-900", "Rotate-90"})
    EXPECT_FALSE(orientation_named(name)) << name;
}

}  // namespace
}  // namespace pixelpass::capture
