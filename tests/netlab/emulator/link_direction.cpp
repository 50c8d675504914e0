#include "link_direction.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace netlab {
namespace {

constexpr std::size_t kEthernetHeader = 14;

}  // namespace

bool LinkDirection::Later::operator()(const Travelling& a, const Travelling& b) const {
  return std::tie(a.due, a.number) > std::tie(b.due, b.number);
}

LinkDirection::LinkDirection(std::uint64_t seed) : random_(seed) {}

double LinkDirection::share() {
  return std::uniform_real_distribution<double>{0, 1}(random_);
}

// Gilbert's model: a burst ends with the chance 1/burst, and begins so often that `loss` is the share in
// bursts.
bool LinkDirection::is_lost() {
  if (terms_.black_hole) {
    return true;
  }
  if (terms_.loss <= 0 || terms_.loss >= 1) {
    return terms_.loss >= 1;
  }
  if (terms_.burst <= 1) {
    return share() < terms_.loss;
  }
  const double ends = 1 / terms_.burst;
  const double begins = terms_.loss * ends / (1 - terms_.loss);
  in_burst_ = in_burst_ ? share() >= ends : share() < begins;
  return in_burst_;
}

void LinkDirection::push(Frame frame, Instant now) {
  ++counters_.in;
  if (terms_.largest != 0 && frame.size() > terms_.largest + kEthernetHeader) {
    ++counters_.too_large;
    return;
  }
  if (terms_.duplicate > 0 && share() < terms_.duplicate) {
    send(frame, now);
  }
  send(std::move(frame), now);
}

void LinkDirection::send(Frame frame, Instant now) {
  if (is_lost()) {
    ++counters_.lost;
    return;
  }
  const auto sent = serialised(frame.size(), now);
  if (!sent) {
    ++counters_.overflowed;
    return;
  }
  auto due = *sent;
  if (terms_.reorder <= 0 || share() >= terms_.reorder) {
    due = last_due_ = std::max(last_due_, due + terms_.delay + random_jitter());
  }
  travelling_.push({due, number_++, std::move(frame)});
}

std::optional<Instant> LinkDirection::serialised(std::size_t bytes, Instant now) {
  if (terms_.bits_per_second <= 0) {
    return now;
  }
  const auto begins = std::max(free_, now);
  if (begins - now > terms_.queue) {
    return std::nullopt;
  }
  const std::chrono::duration<double> takes{static_cast<double>(bytes) * 8 / terms_.bits_per_second};
  free_ = begins + std::chrono::duration_cast<Duration>(takes);
  return free_;
}

Duration LinkDirection::random_jitter() {
  const auto most = std::min(terms_.jitter, terms_.delay);
  return std::chrono::duration_cast<Duration>(most * (2 * share() - 1));
}

std::optional<Frame> LinkDirection::pop(Instant now) {
  if (travelling_.empty() || travelling_.top().due > now) {
    return std::nullopt;
  }
  // The queue gives its top as const alone.
  auto frame = std::move(const_cast<Travelling&>(travelling_.top()).frame);
  travelling_.pop();
  ++counters_.out;
  return frame;
}

std::optional<Instant> LinkDirection::next_arrival() const {
  return travelling_.empty() ? std::nullopt : std::optional{travelling_.top().due};
}

}  // namespace netlab
