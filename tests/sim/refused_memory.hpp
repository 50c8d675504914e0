#pragma once

namespace pixelpass::sim {

/// While one lives OpenSSL gets no memory.
class RefusedMemory {
 public:
  RefusedMemory();
  ~RefusedMemory();
  RefusedMemory(const RefusedMemory&) = delete;
  RefusedMemory& operator=(const RefusedMemory&) = delete;
};

}  // namespace pixelpass::sim
