#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstdint>

namespace pixelpass::traversal {

/// What waits to be written to a TURN server's stream. Bounded: live data is dropped when it is full, what is
/// for the server itself is not. Sans-IO. Thread: network.
class SendQueue {
 public:
  explicit SendQueue(std::size_t most) : most_(most) {}

  enum class Put : std::uint8_t {
    kTaken,
    kDropped,  ///< for peers, and the queue is full
    kBroken,   ///< for the server, and twice as much waits as there should
  };
  /// Whole messages. The first tells whom they are for.
  Put put(ByteView messages);
  /// What is to be written now; empty: nothing, or something is being written. Valid until done().
  ByteView take();
  /// What was taken has been written.
  void done();

  [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }

 private:
  const std::size_t most_;
  Bytes waiting_;
  Bytes written_;  ///< not empty: being written
  std::uint64_t dropped_bytes_ = 0;
};

}  // namespace pixelpass::traversal
