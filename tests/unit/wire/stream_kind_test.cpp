#include "pixelpass/wire/stream_kind.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pixelpass::wire {
namespace {

TEST(StreamKindTest, KnownKindsComeBackAsTheyWere) {
  for (const auto kind : {StreamKind::kControl, StreamKind::kGroup})
    EXPECT_EQ(parse_stream_kind(encode(kind)[0]), kind);
}

TEST(StreamKindTest, KnownKindsAreOneAndTwoForEver) {
  EXPECT_EQ(encode(StreamKind::kControl), (std::array<std::uint8_t, 1>{1}));
  EXPECT_EQ(encode(StreamKind::kGroup), (std::array<std::uint8_t, 1>{2}));
}

TEST(StreamKindTest, EveryOtherByteIsALaterVersions) {
  for (int byte = 0; byte <= 255; ++byte)
    EXPECT_EQ(parse_stream_kind(static_cast<std::uint8_t>(byte)).has_value(), byte == 1 || byte == 2) << byte;
}

}  // namespace
}  // namespace pixelpass::wire
