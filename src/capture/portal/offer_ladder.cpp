#include "capture/portal/offer_ladder.hpp"

namespace pixelpass::capture {

OfferLadder::OfferLadder(std::vector<std::uint64_t> modifiers, int fps, std::optional<Size> size)
    : modifiers_(std::move(modifiers)), fps_(fps), size_(size) {}

StreamOffer OfferLadder::offer() const {
  if (!offers_dma_buf()) return {false, {}, fps_, size_};
  return {true, modifiers_, fps_, size_};
}

bool OfferLadder::step_down() {
  if (proven_ || !offers_dma_buf()) return false;
  down_ = true;
  return true;
}

bool OfferLadder::on_import_failed(std::uint64_t modifier) {
  return offers_dma_buf() && std::erase(modifiers_, modifier) > 0;
}

bool OfferLadder::on_failed() {
  refused_ |= !proven_;
  return step_down();
}

bool OfferLadder::on_timed_out() {
  const bool stepped = step_down();
  timeouts_ += stepped ? 1 : 0;
  return stepped;
}

void OfferLadder::on_session() {
  constexpr int kMostTimeouts = 3;  // each costs the time that it was given
  if (!down_ || refused_ || timeouts_ >= kMostTimeouts) return;
  down_ = false;
  proven_ = false;
}

}  // namespace pixelpass::capture
