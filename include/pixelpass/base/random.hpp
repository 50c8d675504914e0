#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace pixelpass {

/// Fills a span with random bytes. Passed to the constructors of sans-IO code, so that a test can seed it.
using Random = std::function<void(std::span<std::uint8_t>)>;

/// The kernel's generator (getrandom(2)). Any thread; aborts if the kernel has none.
void system_random(std::span<std::uint8_t> out);

/// A repeatable generator for tests and simulations; never for secrets.
Random seeded_random(std::uint64_t seed);

}  // namespace pixelpass
