#pragma once

namespace pixelpass::capture::test {

/// How many of the next calls of libpipewire's fail. Thread: any.
struct RefusedCalls {
  static void refuse_properties(int count);
  static void refuse_set_active(int count);
  /// Those that have been refused since the last refuse_… of their kind.
  static int refused();
};

}  // namespace pixelpass::capture::test
