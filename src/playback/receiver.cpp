#include "pixelpass/playback/receiver.hpp"

#include "pixelpass/mpegts/picture_count.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace pixelpass::playback {
namespace {

/// A group younger than this is no noticeable delay to a player that begins with it, so no keyframe is asked
/// for. What the host makes of the wish: app/host/keyframe_policy.
constexpr Duration kYoungGroup = 150ms;

}  // namespace

void Receiver::on_frame(std::uint64_t group, std::size_t index, Frame frame, Instant now) {
  groups_.on_frame(group, index, std::move(frame), now);
}

void Receiver::on_group_ended(std::uint64_t group, bool complete, Instant now) {
  groups_.on_group_ended(group, complete, now);
}

void Receiver::on_timeout(Instant now) {
  groups_.on_timeout(now);
}

void Receiver::deliver(Instant now) {
  while (auto frame = groups_.poll_frame()) deliver(std::move(*frame), now);
}

void Receiver::deliver(Frame frame, Instant now) {
  auto media = filter_.pass(std::move(frame));
  if (const auto why = filter_.refusal(); why && told_.insert(*why).second) refusals_.push_back(*why);
  if (!media) return;
  const auto shared = std::make_shared<const Frame>(std::move(*media));
  broadcast_.push(shared);
  for (Output* output : outputs_) output->on_broadcast();
  clock_.on_frame(*shared, now);
  count(*shared, now);
  begun_ = true;
}

void Receiver::count(const Frame& frame, Instant now) {
  // A sound frame is naturally as late as it is long, so the lag is that of pictures.
  const std::size_t pictures = count_pictures(frame.bytes.view());
  if (pictures == 0) return;
  pictures_ += pictures;
  if (connected_at_ && frame.captured_at < *connected_at_) return;
  // The clocks are matched to within half a round trip, so a smaller lag can come out negative.
  const Duration lag = std::max(Duration::zero(), now - frame.captured_at);
  lag_.add(lag);
  run_lag_.add(lag);
}

bool Receiver::in_use() const {
  return std::ranges::any_of(outputs_, [](const Output* output) { return output->in_use(); });
}

std::optional<mpegts::MediaFilter::Refusal> Receiver::poll_refusal() {
  if (refusals_.empty()) return std::nullopt;
  const auto first = refusals_.front();
  refusals_.pop_front();
  return first;
}

bool Receiver::is_stale(Instant now) const {
  return !broadcast_.empty() && now - broadcast_.started_at(broadcast_.newest_group()) >= kYoungGroup;
}

Receiver::Received Receiver::take_received() {
  const Received received{std::exchange(pictures_, 0), lag_.at(0.5), lag_.at(0.95)};
  lag_.clear();
  return received;
}

std::optional<Receiver::Lag> Receiver::lag_of_whole_run() const {
  if (run_lag_.count() == 0) return std::nullopt;
  return Lag{run_lag_.at(0.5), run_lag_.at(0.95)};
}

}  // namespace pixelpass::playback
