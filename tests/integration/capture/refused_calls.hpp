#pragma once

#include <cstdint>

namespace pixelpass::capture::test {

/// A call of libpipewire's, or of GStreamer's, that we make.
enum class Call : std::uint8_t {
  kProperties,
  kThreadLoop,
  kContext,
  kConnectFd,
  kStream,
  kStreamConnect,
  kStreamParameters,
  kStreamActive,
  kBufferFill,
  kCount,
};

/// How many of the next calls fail. Thread: any.
struct RefusedCalls {
  static void refuse(Call call, int count);
  /// Those that have been refused since the last refuse().
  static int refused();
};

}  // namespace pixelpass::capture::test
