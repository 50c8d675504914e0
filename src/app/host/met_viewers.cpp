#include "app/host/met_viewers.hpp"

#include "app/host/candidates.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

std::vector<SocketAddress> addresses_in(const std::vector<Candidate>& candidates) {
  std::vector<SocketAddress> addresses;
  addresses.reserve(candidates.size());
  for (const auto& candidate : candidates) addresses.push_back(candidate.address);
  return addresses;
}

}  // namespace

MetViewers::MetViewers(traversal::Agent& agent, Handlers handlers)
    : agent_(agent), handlers_(std::move(handlers)) {}

/// Meets a viewer: the relay lets it in whatever address its NAT uses, it is told our addresses, and both
/// punch.
void MetViewers::meet(const tunnel::ViewerCandidates& viewer, Instant now) {
  forget(viewer.viewer);
  make_room(now);
  auto& met =
      viewers_[viewer.viewer] = {viewer.tag, addresses_in(viewer.candidates), viewer.path, viewer.secret};
  for (const auto& candidate : viewer.candidates)
    if (may_be_seen(candidate)) met.permitted.push_back(candidate.address);
  permit(met);
  if (ours_) handlers_.tell(viewer.viewer, *ours_, viewer.tag);
  if (!viewer.candidates.empty()) punch(met, now);
  // The address where it was last seen is kept for when our own address has changed.
  if (!viewer.path.is_relayed()) met.remotes.push_back(viewer.path.remote);
}

void MetViewers::permit(const Met& viewer) {
  for (const auto& peer : viewer.permitted) handlers_.permit(peer);
}

/// Punches for one viewer, with one attempt each. Also over the relay if it has met us there: it may not know
/// our relayed address.
void MetViewers::punch(Met& viewer, Instant now) {
  std::vector<net::Path> relayed;
  if (relayed_ && viewer.path.is_relayed())
    relayed.push_back({*relayed_, viewer.path.remote, net::Via::kOwnRelay});
  if (viewer.remotes.empty() && relayed.empty()) return;
  if (viewer.attempt) agent_.stop(*viewer.attempt);
  viewer.attempt = agent_.punch(traversal::check_key(viewer.secret, viewer.tag),
                                {.remotes = viewer.remotes, .relayed = std::move(relayed)}, now);
}

void MetViewers::on_left(std::uint32_t viewer, Instant now) {
  if (const auto met = viewers_.find(viewer); met != viewers_.end()) met->second.left_at = now;
}

void MetViewers::on_candidates(std::vector<Candidate> ours, Instant now) {
  ours_ = std::move(ours);
  meet_again(now);
}

void MetViewers::on_relayed(const std::optional<SocketAddress>& relayed, Instant now) {
  const auto before = std::exchange(relayed_, relayed);
  if (ours_ && relayed_ && relayed_ != before) meet_again(now);
}

/// Our addresses have changed: present viewers are told, and those who have lost us are called.
void MetViewers::meet_again(Instant now) {
  for (auto& [number, viewer] : viewers_) {
    if (viewer.left_at && now - *viewer.left_at > kCalledFor) continue;
    permit(viewer);
    handlers_.tell(number, *ours_, viewer.tag);
    punch(viewer, now);
  }
}

/// Forgets a viewer; its permissions at the relay are free for others.
void MetViewers::forget(std::uint32_t viewer) {
  const auto met = viewers_.find(viewer);
  if (met == viewers_.end()) return;
  const auto gone = std::move(met->second);
  viewers_.erase(met);
  if (gone.attempt) agent_.stop(*gone.attempt);
  for (const auto& peer : gone.permitted) {
    const auto also_lets_in = [&](const auto& entry) {
      return std::ranges::any_of(entry.second.permitted,
                                 [&](const auto& other) { return other.whole_host() == peer.whole_host(); });
    };
    if (std::ranges::none_of(viewers_, also_lets_in)) handlers_.forbid(peer);
  }
}

/// Makes room: those who left are forgotten first, the earliest first; then those present, the earliest
/// first.
void MetViewers::make_room(Instant now) {
  const auto is_called_no_more = [now](const auto& entry) {
    return entry.second.left_at && now - *entry.second.left_at > kCalledFor;
  };
  while (true) {
    const auto old = std::ranges::find_if(viewers_, is_called_no_more);
    if (old == viewers_.end()) break;
    forget(old->first);
  }
  if (viewers_.size() < kMost) return;
  const auto first = std::ranges::min_element(
      viewers_, {}, [](const auto& entry) { return entry.second.left_at.value_or(Instant::max()); });
  forget(first->first);
}

}  // namespace pixelpass::app
