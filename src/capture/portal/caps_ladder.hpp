#pragma once

#include "pixelpass/capture/screen_capture.hpp"

#include <string>
#include <vector>

namespace pixelpass::capture {

/// Formats to offer to the compositor, the best offer first, each in GStreamer's notation. Within an offer
/// the compositor takes what it can: with DMA-BUFs on offer, too, one that has none takes shared memory at
/// once. An offer that is refused before it has given anything is left for the next one; one that has proved
/// itself is kept for good: what fails later is not its fault. One that got no answer in time (a compositor
/// that starts, a window that is hidden) is left as well, and offered again to the next sessions, a few
/// times. Sans-IO.
class CapsLadder {
 public:
  /// `wanted`: the memories that the encoder takes. Shared memory is always on offer.
  explicit CapsLadder(const std::vector<PictureMemory>& wanted);

  [[nodiscard]] const std::string& offer() const { return rungs_[at_]; }
  /// A format of this offer was agreed on.
  void on_agreed() { proven_ = true; }
  /// The attempt was refused. True: there is another offer now.
  bool on_failed();
  /// It got no answer in time. True: as above.
  bool on_timed_out();
  /// A new session has been agreed on.
  void on_session();

 private:
  bool step_down();

  std::vector<std::string> rungs_;
  std::size_t at_ = 0;
  bool proven_ = false;
  bool refused_ = false;  ///< some offer was
  int timeouts_ = 0;
};

}  // namespace pixelpass::capture
