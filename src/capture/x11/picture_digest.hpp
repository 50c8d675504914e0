#pragma once

#include <cstdint>
#include <span>

namespace pixelpass::capture {

/// A number that is another one, in all likelihood, when one of the pixels that it is made of differs: each
/// `every`-th.
std::uint64_t picture_digest(std::span<const std::uint32_t> pixels, std::size_t every);

}  // namespace pixelpass::capture
