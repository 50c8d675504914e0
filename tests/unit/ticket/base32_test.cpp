#include "ticket/base32.hpp"

#include "pixelpass/base/random.hpp"

#include <gtest/gtest.h>

namespace pixelpass {
namespace {

Bytes bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

TEST(Base32, SpellsTheTestVectorsOfTheRfc) {
  // RFC 4648, section 10.
  EXPECT_EQ(base32_encode(as_bytes("")), "");
  EXPECT_EQ(base32_encode(as_bytes("f")), "my");
  EXPECT_EQ(base32_encode(as_bytes("fo")), "mzxq");
  EXPECT_EQ(base32_encode(as_bytes("foo")), "mzxw6");
  EXPECT_EQ(base32_encode(as_bytes("foob")), "mzxw6yq");
  EXPECT_EQ(base32_encode(as_bytes("fooba")), "mzxw6ytb");
  EXPECT_EQ(base32_encode(as_bytes("foobar")), "mzxw6ytboi");
}

TEST(Base32, BytesOfEveryLengthComeBack) {
  auto random = seeded_random(1);
  for (std::size_t count = 0; count < 40; ++count) {
    Bytes bytes(count);
    random(bytes);
    const auto text = base32_encode(bytes);
    ASSERT_EQ(text.size(), base32_chars(count));
    EXPECT_EQ(base32_decode(text, count), bytes);
  }
}

TEST(Base32, RefusesWhatIsNotInItsAlphabet) {
  for (const auto* text : {"m1", "m0", "m8", "mY", "m=", "m "}) EXPECT_FALSE(base32_decode(text, 1)) << text;
}

TEST(Base32, RefusesAnotherSpellingOfTheSameBytes) {
  EXPECT_EQ(base32_decode("my", 1), bytes_of("f"));
  EXPECT_FALSE(base32_decode("mz", 1));
}

}  // namespace
}  // namespace pixelpass
