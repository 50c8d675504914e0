#pragma once

#include <cstdint>
#include <span>

namespace pixelpass::capture {

/// A hash of each `every`-th pixel, which in all likelihood differs when one of these does.
std::uint64_t picture_digest(std::span<const std::uint32_t> pixels, std::size_t every);

}  // namespace pixelpass::capture
