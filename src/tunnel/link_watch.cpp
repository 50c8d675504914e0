#include "tunnel/link_watch.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// A host answers a ping every second: after this long without an answer or a whole frame, the host is looked
/// for again. Other packets do not count: a host that hears nothing repeats what it has sent.
constexpr Duration kSilence = 3s;
constexpr Duration kPingInterval = 1s;
/// The same where there is a spare connection, to which falling back is cheap: back within two seconds.
constexpr Duration kSilenceWithSpare = 1200ms;
constexpr int kSilentRoundTrips = 2;
constexpr Duration kPingIntervalWithSpare = 400ms;
/// The interval of the first pings, which come faster: the handshake's own round trip includes its delays,
/// and the lag is measured by the best ping.
constexpr Duration kFirstPingInterval = 100ms;
constexpr int kFirstPings = 5;
/// A connection that was heard from this lately may still bring the rest of a group.
constexpr Duration kStillBrings = 1s;

}  // namespace

void LinkWatch::begin(Instant now) {
  watching_ = true;
  media_.reset();
  live_at_ = now;
  pings_ = 0;
  next_ping_ = now + kFirstPingInterval;
}

void LinkWatch::end() {
  watching_ = false;
  media_.reset();
}

void LinkWatch::on_frame(std::uint64_t group, std::size_t index, bool over_active_link, Instant now) {
  media_.on_frame(group, index);
  if (over_active_link) live_at_ = media_at_ = now;
}

bool LinkWatch::on_pong(const std::optional<wire::MediaPosition>& newest, Instant now) {
  live_at_ = now;
  return media_.on_pong(newest, now);
}

void LinkWatch::set_spare(bool has_spare, Duration round_trip, Instant now) {
  round_trip_ = round_trip;
  if (std::exchange(has_spare_, has_spare) || !has_spare) return;
  live_at_ = now;
  next_ping_ = std::min(next_ping_, now + kFirstPingInterval);
}

Instant LinkWatch::silence_at() const {
  return live_at_ +
         (has_spare_ ? std::min(kSilence, kSilenceWithSpare + kSilentRoundTrips * round_trip_) : kSilence);
}

const char* LinkWatch::complaint(Instant now) const {
  if (!watching_) return nullptr;
  if (now >= silence_at()) return "the host has gone silent";
  const auto patience = media_.deadline();
  return patience && now >= *patience ? "no pictures come any more, although the host answers" : nullptr;
}

bool LinkWatch::take_ping(Instant now) {
  if (now < next_ping_) return false;
  const bool is_hurried = ++pings_ < kFirstPings || !watching_;
  next_ping_ = now + (is_hurried ? kFirstPingInterval : has_spare_ ? kPingIntervalWithSpare : kPingInterval);
  return true;
}

bool LinkWatch::brings_media(Instant now) const {
  return now - media_at_ < kStillBrings;
}

Instant LinkWatch::next_timeout() const {
  if (!watching_) return next_ping_;
  return std::min({next_ping_, silence_at(), media_.deadline().value_or(Instant::max())});
}

}  // namespace pixelpass::tunnel
