#pragma once

#include <cstdint>
#include <vector>

namespace pixelpass::capture::test {

/// Whoever reads a DMA-BUF says so to the kernel when it begins and when it is done (linux/dma-buf.h). This
/// hears it of all that this process reads: our memfds are no DMA-BUFs, and the kernel refuses. Thread: any.
class SyncSpy {
 public:
  /// Hears from now on.
  static void begin();
  /// The flags of all calls since.
  static std::vector<std::uint64_t> heard();
};

}  // namespace pixelpass::capture::test
