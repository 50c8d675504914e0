#include "capture/portal/offer_ladder.hpp"

#include <utility>

namespace pixelpass::capture {

OfferLadder::OfferLadder(DmaBufFormats dma_bufs, int fps, std::optional<Size> size)
    : dma_bufs_(std::move(dma_bufs)), known_(dma_bufs_), fps_(fps), size_(size) {}

StreamOffer OfferLadder::offer() const {
  return {offers_dma_buf() ? dma_bufs_ : DmaBufFormats{}, fps_, shared_, readable_, size_};
}

bool OfferLadder::set_dma_bufs(DmaBufFormats dma_bufs) {
  const StreamOffer before = offer();
  bool new_ones = false;
  for (const auto& format : dma_bufs) new_ones |= add(known_, format.drm, format.layouts);
  if (new_ones) {
    down_ = proven_ = refused_ = false;
    timeouts_ = 0;
  }
  dma_bufs_ = std::move(dma_bufs);
  for (const auto layout : failed_layouts_) leave_out(dma_bufs_, layout);
  return offer() != before;
}

bool OfferLadder::step_down() {
  if (proven_ || !offers_dma_buf()) return false;
  down_ = true;
  return true;
}

bool OfferLadder::on_import_failed(std::uint64_t modifier) {
  if (offers_dma_buf()) {
    if (!leave_out(dma_bufs_, modifier)) return false;
    failed_layouts_.push_back(modifier);
    return true;
  }
  if (modifier != kLinear || !readable_) return false;
  narrowed_ = true;
  shown_ = readable_ = false;
  return true;
}

bool OfferLadder::on_mapping_failed(SharedMemory kind) {
  // A late report about an earlier offer is ignored.
  if (kind < shared_ || shared_ == SharedMemory::kNone) return false;
  shared_ = kind == SharedMemory::kAny ? SharedMemory::kLent : SharedMemory::kNone;
  narrowed_ = true;
  shown_ = false;
  misses_ = 0;
  return true;
}

bool OfferLadder::narrow() {
  if (shared_ != SharedMemory::kNone) return on_mapping_failed(shared_);
  misses_ = 0;
  return std::exchange(readable_, false);
}

bool OfferLadder::is_exhausted() const {
  return !offers_dma_buf() && shared_ == SharedMemory::kNone && !readable_;
}

bool OfferLadder::on_failed() {
  refused_ |= !proven_;
  if (step_down()) return true;
  // The source may have nothing of what is left.
  return narrowed_ && !shown_ && narrow();
}

bool OfferLadder::on_timed_out() {
  // WirePlumber 0.4 does not always say that no format matches. A single miss may be a busy machine's.
  constexpr int kMostMisses = 2;
  const bool stepped = step_down();
  timeouts_ += stepped ? 1 : 0;
  return stepped || (narrowed_ && !shown_ && ++misses_ >= kMostMisses && narrow());
}

bool OfferLadder::on_no_choice() {
  proven_ = false;
  return on_timed_out();
}

void OfferLadder::on_session() {
  constexpr int kMostTimeouts = 3;  // each costs the time that it was given
  if (!down_ || refused_ || timeouts_ >= kMostTimeouts) return;
  down_ = false;
  proven_ = false;
}

}  // namespace pixelpass::capture
