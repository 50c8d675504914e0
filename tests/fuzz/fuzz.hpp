#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// libFuzzer's entry point; our main calls it too. Always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace pixelpass::fuzz {

/// Like assert, in every kind of build.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Hands `bytes` to `feed` in pieces of pseudo-random sizes, small ones mostly, until it returns false.
template <class Feed>
void in_pieces(ByteView bytes, std::uint8_t seed, Feed feed) {
  const auto random = seeded_random(seed);
  bool more = true;
  while (more && !bytes.empty()) {
    std::uint8_t drawn[2];
    random(drawn);
    const std::size_t wanted = drawn[0] % 8 == 0 ? std::size_t{drawn[1]} * 16 : drawn[1] % 16;
    const auto piece = bytes.first(std::min(wanted, bytes.size()));
    more = feed(piece);
    bytes = bytes.subspan(piece.size());
  }
}

}  // namespace pixelpass::fuzz
