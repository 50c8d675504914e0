#pragma once

#include "pixelpass/capture/screen_capture.hpp"

#include <string>
#include <vector>

namespace pixelpass::capture {

/// Formats to offer to the compositor, the best offer first, each in GStreamer's notation. Within an offer
/// the compositor takes what it can: with DMA-BUFs on offer, too, one that has none takes shared memory at
/// once. An offer that fails before it has given anything is left for the next one; one that has proved
/// itself is kept for good: what fails later is not its fault. Sans-IO.
class CapsLadder {
 public:
  /// `wanted`: the memories that the encoder takes. Shared memory is always on offer.
  explicit CapsLadder(const std::vector<PictureMemory>& wanted);

  [[nodiscard]] const std::string& offer() const { return rungs_[at_]; }
  /// A format of this offer was agreed on.
  void on_agreed() { proven_ = true; }
  /// The attempt has failed. True: there is another offer now.
  bool on_failed();

 private:
  std::vector<std::string> rungs_;
  std::size_t at_ = 0;
  bool proven_ = false;
};

}  // namespace pixelpass::capture
