#include "traversal/turn_peers.hpp"

#include "traversal/turn_data.hpp"

#include <algorithm>

namespace pixelpass::traversal {
namespace {

// For five minutes after a channel's end its number must not be used for another peer (RFC 8656 section 12).
constexpr Duration kChannelRest = 5min;

bool is_same_ip(const SocketAddress& a, const SocketAddress& b) {
  return a.is_v6() == b.is_v6() && std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace

TurnPeer* TurnPeers::find(const SocketAddress& peer, bool with_channel) {
  const auto found = std::ranges::find_if(peers_, [&](const TurnPeer& other) {
    return with_channel ? other.channel != 0 && other.address == peer
                        : other.channel == 0 && is_same_ip(other.address, peer);
  });
  return found == peers_.end() ? nullptr : &*found;
}

bool TurnPeers::add(const SocketAddress& peer, bool with_channel, Instant now) {
  if (auto* known = find(peer, with_channel)) {
    if (!known->is_wanted) known->renew_at = now;
    known->is_wanted = true;
    return true;
  }
  // Unwanted peers are kept for their channel's number, while there is room.
  std::erase_if(peers_, [&](const TurnPeer& other) {
    return !other.is_wanted && !other.is_asking && now > other.expires_at + kChannelRest;
  });
  if (peers_.size() >= kMaxTurnPeers) {
    const auto unwanted =
        std::ranges::find_if(peers_, [](const TurnPeer& other) { return !other.is_wanted; });
    if (unwanted == peers_.end()) return false;
    peers_.erase(unwanted);
  }
  peers_.push_back({.address = peer, .channel = with_channel ? free_channel() : std::uint16_t{0}});
  peers_.back().renew_at = now;
  return true;
}

std::uint16_t TurnPeers::free_channel() {
  do
    last_channel_ = last_channel_ < kFirstChannel || last_channel_ == kLastChannel
                        ? kFirstChannel
                        : static_cast<std::uint16_t>(last_channel_ + 1);
  while (by_channel(last_channel_) != nullptr);
  return last_channel_;
}

void TurnPeers::forget(const SocketAddress& peer) {
  for (const bool with_channel : {false, true})
    if (auto* known = find(peer, with_channel)) known->is_wanted = false;
}

std::optional<TurnPeer> TurnPeers::take_due(Instant now) {
  const auto due = std::ranges::find_if(peers_, [&](const TurnPeer& peer) {
    return peer.is_wanted && !peer.is_asking && now >= peer.renew_at;
  });
  if (due == peers_.end()) return std::nullopt;
  due->is_asking = true;
  return *due;
}

std::optional<Instant> TurnPeers::next_timeout() const {
  std::optional<Instant> next;
  const auto consider = [&](Instant when) { next = next ? std::min(*next, when) : when; };
  for (const auto& peer : peers_) {
    if (peer.is_wanted && !peer.is_asking) consider(peer.renew_at);
    if (peer.is_up) consider(peer.expires_at);
  }
  return next;
}

void TurnPeers::expire(Instant now) {
  for (auto& peer : peers_)
    if (now >= peer.expires_at) peer.is_up = false;
}

/// A channel's binding is a permission's too (RFC 8656 section 12), and renews both.
Duration TurnPeers::lifetime_of(const TurnPeer& peer) const {
  return peer.channel != 0 ? std::min(lifetimes_.channel, lifetimes_.permission) : lifetimes_.permission;
}

bool TurnPeers::granted(const SocketAddress& peer, std::uint16_t channel, Instant asked) {
  auto* known = find(peer, channel != 0);
  if (known == nullptr || known->channel != channel) return false;
  const bool is_new = !known->is_up;
  const auto lifetime = lifetime_of(*known);
  known->is_asking = false;
  known->is_up = true;
  known->renew_at = asked + lifetime / 2;
  known->expires_at = asked + lifetime;
  return is_new && known->is_wanted;
}

bool TurnPeers::refused(const SocketAddress& peer, std::uint16_t channel) {
  auto* known = find(peer, channel != 0);
  if (known == nullptr || known->channel != channel) return false;
  const bool was_wanted = known->is_wanted;
  known->is_asking = known->is_wanted = known->is_up = false;
  return was_wanted;
}

void TurnPeers::ask_again(const SocketAddress& peer, std::uint16_t channel, Instant now) {
  auto* known = find(peer, channel != 0);
  if (known == nullptr || known->channel != channel) return;
  known->is_asking = false;
  known->renew_at = now;
}

const TurnPeer* TurnPeers::by_channel(std::uint16_t channel) const {
  const auto found = std::ranges::find(peers_, channel, &TurnPeer::channel);
  return found == peers_.end() ? nullptr : &*found;
}

const TurnPeer* TurnPeers::channel_to(const SocketAddress& peer) const {
  const auto found = std::ranges::find_if(peers_, [&](const TurnPeer& other) {
    return other.channel != 0 && other.is_up && other.is_wanted && other.address == peer;
  });
  return found == peers_.end() ? nullptr : &*found;
}

bool TurnPeers::is_permitted(const SocketAddress& peer) const {
  return std::ranges::any_of(peers_, [&](const TurnPeer& other) {
    return other.is_up && other.is_wanted && is_same_ip(other.address, peer);
  });
}

bool TurnPeers::is_expected(const SocketAddress& peer) const {
  return std::ranges::any_of(
      peers_, [&](const TurnPeer& other) { return other.is_wanted && is_same_ip(other.address, peer); });
}

}  // namespace pixelpass::traversal
