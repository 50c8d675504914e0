#include "encode/encoder_choice.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace pixelpass::encode {

EncoderChoice::EncoderChoice(std::size_t count, const Backoff& pause)
    : pause_(pause), candidates_(count, Candidate{.pause = pause}) {
  assert(count > 0);
}

bool EncoderChoice::is_worth_trying(const Candidate& candidate, Instant now) {
  return candidate.failures < kMostFailures || now >= candidate.retry_at;
}

/// Of those behind the current one.
std::vector<EncoderChoice::Candidate>::const_iterator EncoderChoice::next(Instant now) const {
  const auto worse = candidates_.begin() + static_cast<std::ptrdiff_t>(current_) + 1;
  const auto found = std::find_if(worse, candidates_.end(), [now](const Candidate& candidate) {
    return is_worth_trying(candidate, now) && !candidate.fails_at_any_size;
  });
  if (found != candidates_.end()) return found;
  return std::find_if(worse, candidates_.end(),
                      [now](const Candidate& candidate) { return is_worth_trying(candidate, now); });
}

void EncoderChoice::choose(std::size_t candidate, Instant now) {
  if (candidate == current_) return;
  current_ = candidate;
  since_ = now;
}

EncoderChoice::Failure EncoderChoice::on_failed(Instant now, bool at_any_size) {
  Candidate& failed = candidates_[current_];
  if (since_ && now - *since_ >= kProvenAfter) failed = {.pause = pause_};
  failed.failures = at_any_size ? kMostFailures : failed.failures + 1;
  failed.fails_at_any_size = at_any_size;
  failed.retry_at = now + failed.pause.on_failed();
  const bool is_news = !std::exchange(failed.is_told, true);
  const auto other = next(now);
  if (other == candidates_.end()) return {.has_next = false, .is_news = is_news};
  choose(static_cast<std::size_t>(other - candidates_.begin()), now);
  return {.has_next = true, .is_news = is_news};
}

void EncoderChoice::choose_again(Instant now) {
  for (std::size_t i = 0; i < current_; ++i) {
    if (!is_worth_trying(candidates_[i], now) || candidates_[i].fails_at_any_size) continue;
    if (now < candidates_[i].retry_at) candidates_[i].is_told = false;
    return choose(i, now);
  }
}

std::optional<std::size_t> EncoderChoice::due(Instant now) const {
  for (std::size_t i = 0; i < current_; ++i)
    if (now >= candidates_[i].retry_at) return i;
  return std::nullopt;
}

void EncoderChoice::on_tried(std::size_t candidate, Instant now, bool works) {
  if (works) return choose(candidate, now);
  Candidate& failed = candidates_[candidate];
  failed.retry_at = now + failed.pause.on_failed();
}

}  // namespace pixelpass::encode
