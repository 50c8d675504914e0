#pragma once

#include "capture/portal/stream_format.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::capture {

/// Decides what to offer the compositor, the best first: DMA-BUFs, where the encoder takes them, in layouts
/// that it can import; shared memory alone; shared memory that PipeWire allocates; DMA-BUFs that can be read.
/// The last two are for sources whose memory turned out not to be readable. The compositor chooses within an
/// offer: if it has no DMA-BUFs it takes shared memory at once. A layout that could not be imported is
/// removed for good, and an offer without any layout is followed by the next one. An offer that is refused
/// before it has given anything is followed by the next one; an offer that has worked is kept, since later
/// failures are not its fault. An offer without an answer in time (a compositor that starts, a window that is
/// hidden) is left, too, but made again to the next few sessions; after unreadable memory an offer is left
/// for good when it has got no answer twice. Sans-IO.
class OfferLadder {
 public:
  /// `dma_bufs`: the ones that the encoder takes. `size`: see StreamOffer.
  OfferLadder(DmaBufFormats dma_bufs, int fps, std::optional<Size> size = {});

  [[nodiscard]] StreamOffer offer() const;
  /// The encoder takes other DMA-BUFs now. What was learnt of the source's memory is kept; so is what was
  /// learnt of DMA-BUFs, unless some were never offered before. True: the offer has changed.
  bool set_dma_bufs(DmaBufFormats dma_bufs);
  /// The most pictures a second that are of use from now on.
  void set_fps(int fps) { fps_ = fps; }
  /// The source has agreed on a format of this offer.
  void on_agreed() { proven_ = true; }
  /// A DMA-BUF of this layout could not be imported. True: the layout was on offer, and is not any more.
  bool on_import_failed(std::uint64_t modifier);
  /// Shared memory of this kind could not be read. True: it was on offer, and is not any more.
  bool on_mapping_failed(SharedMemory kind);
  /// A picture has come, and could be read.
  void on_shown() { shown_ = true; }
  /// The offer was refused. True: there is another one now.
  bool on_failed();
  /// The offer got no answer in time. True: there is another one now.
  bool on_timed_out();
  /// The source has not chosen a layout in time, which it may have done for an earlier stream. True: there is
  /// another offer now.
  bool on_no_choice();
  /// A new session has been agreed on.
  void on_session();

  /// Whether nothing is left to offer: none of the source's memory can be read.
  [[nodiscard]] bool is_exhausted() const;

 private:
  bool step_down();
  bool narrow();
  [[nodiscard]] bool offers_dma_buf() const { return !down_ && !dma_bufs_.empty(); }

  DmaBufFormats dma_bufs_;
  DmaBufFormats known_;                        ///< all that have been on offer
  std::vector<std::uint64_t> failed_layouts_;  ///< could not be taken
  int fps_;
  std::optional<Size> size_;
  bool down_ = false;  ///< to shared memory alone
  bool proven_ = false;
  bool refused_ = false;  ///< some offer was
  int timeouts_ = 0;
  SharedMemory shared_ = SharedMemory::kAny;
  bool readable_ = true;   ///< DMA-BUFs that can be read are on offer
  bool narrowed_ = false;  ///< something could not be read
  bool shown_ = false;     ///< since then something else could
  int misses_ = 0;         ///< of what was narrowed to: it got no answer in time
};

}  // namespace pixelpass::capture
