#pragma once

#include "capture/portal/stream_format.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::capture {

/// What to offer to the compositor, the best first: DMA-BUFs, where the encoder takes them, in layouts that
/// it can import; then shared memory alone; then such as PipeWire makes; then DMA-BUFs that can be read. The
/// last two are for sources whose memory turned out not to be readable. Within an offer the compositor takes
/// what it can: with DMA-BUFs on offer, too, one that has none takes shared memory at once. A layout that
/// turned out not to be importable is taken out for good; an offer without any is the next one. An offer that
/// is refused before it has given anything is left for the next one; one that has proved itself is kept: what
/// fails later is not its fault. One that got no answer in time (a compositor that starts, a window that is
/// hidden) is left as well, and offered again to the next sessions, a few times; but what is left after
/// unreadable memory is left for good when it got none twice. Sans-IO.
class OfferLadder {
 public:
  /// `dma_bufs`: those that the encoder takes. `size`: see StreamOffer.
  OfferLadder(DmaBufFormats dma_bufs, int fps, std::optional<Size> size = {});

  [[nodiscard]] StreamOffer offer() const;
  /// The encoder takes other DMA-BUFs now. What was found out of the source's memory stays, and so does what
  /// was found out of DMA-BUFs, unless there are some that were never on offer before. True: there is another
  /// offer now.
  bool set_dma_bufs(DmaBufFormats dma_bufs);
  /// More pictures a second are of no use from now on.
  void set_fps(int fps) { fps_ = fps; }
  /// A format of this offer was agreed on.
  void on_agreed() { proven_ = true; }
  /// A DMA-BUF of this layout could not be taken. True: it was on offer, and now is not.
  bool on_import_failed(std::uint64_t modifier);
  /// Shared memory of this kind could not be read. True: it was on offer, and now is not.
  bool on_mapping_failed(SharedMemory kind);
  /// A picture has come, and could be read.
  void on_shown() { shown_ = true; }
  /// The attempt was refused. True: there is another offer now.
  bool on_failed();
  /// It got no answer in time. True: as above.
  bool on_timed_out();
  /// Its source has not chosen a layout in time, which it may have done before. True: as above.
  bool on_no_choice();
  /// A new session has been agreed on.
  void on_session();

  /// Nothing is left to be offered: nothing that the source has can be read.
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
