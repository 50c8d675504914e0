#include "capture/x11/picture_digest.hpp"

namespace pixelpass::capture {

std::uint64_t picture_digest(std::span<const std::uint32_t> pixels, std::size_t every) {
  // FNV-1a, a pixel at a time: http://www.isthe.com/chongo/tech/comp/fnv
  constexpr std::uint64_t kBasis = 0xcbf29ce484222325;
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t digest = kBasis;
  for (std::size_t i = 0; i < pixels.size(); i += every) digest = (digest ^ pixels[i]) * kPrime;
  return digest;
}

}  // namespace pixelpass::capture
