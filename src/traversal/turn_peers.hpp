#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

/// A peer with which data is exchanged.
struct TurnPeer {
  SocketAddress address;
  std::uint16_t channel = 0;  ///< 0: a permission alone, whatever the address's port
  bool is_wanted = true;
  bool is_up = false;  ///< granted, and not run out
  bool is_asking = false;
  Instant renew_at{};    ///< while it is not asked for
  Instant expires_at{};  ///< once it was granted
};

/// The permissions and channels of one allocation, at most kMaxTurnPeers that are wanted. Sans-IO.
class TurnPeers {
 public:
  explicit TurnPeers(const TurnLifetimes& lifetimes) : lifetimes_(lifetimes) {}

  /// False: there are too many. Once more of the same changes nothing.
  bool add(const SocketAddress& peer, bool with_channel, Instant now);
  void forget(const SocketAddress& peer);

  /// A wanted peer that is due to be requested; counts as requested then.
  std::optional<TurnPeer> take_due(Instant now);
  /// The first to be asked for again, or to run out.
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void expire(Instant now);

  /// Returns whether it was not up before, and is wanted.
  bool granted(const SocketAddress& peer, std::uint16_t channel, Instant asked);
  /// Returns whether it was wanted.
  bool refused(const SocketAddress& peer, std::uint16_t channel);
  void ask_again(const SocketAddress& peer, std::uint16_t channel, Instant now);

  [[nodiscard]] const TurnPeer* by_channel(std::uint16_t channel) const;
  [[nodiscard]] const TurnPeer* channel_to(const SocketAddress& peer) const;
  /// Whether this address may send to us, or we to it.
  [[nodiscard]] bool is_permitted(const SocketAddress& peer) const;
  [[nodiscard]] bool is_expected(const SocketAddress& peer) const;

 private:
  [[nodiscard]] TurnPeer* find(const SocketAddress& peer, bool with_channel);
  std::uint16_t free_channel();
  [[nodiscard]] Duration lifetime_of(const TurnPeer& peer) const;

  TurnLifetimes lifetimes_;
  std::vector<TurnPeer> peers_;
  std::uint16_t last_channel_ = 0;
};

}  // namespace pixelpass::traversal
