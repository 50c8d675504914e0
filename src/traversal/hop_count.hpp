#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace pixelpass::traversal {

/// Who has told that a datagram with so many hops ended there, from one hop on. Sans-IO.
class HopCount {
 public:
  /// NATs of ours are within a few hops; the other end's is further.
  static constexpr int kMost = 5;

  /// `hops`: 1 to kMost; others are ignored. Of two answers the first counts.
  void note(int hops, const SocketAddress& ended_at);
  /// The first hop that is no private one; so far there may be a nearer one whose answer is still to come.
  [[nodiscard]] std::optional<int> first_outer() const;
  /// All nearer ones have told: nothing more is to be waited for.
  [[nodiscard]] bool is_sure() const;

 private:
  std::array<std::optional<SocketAddress>, static_cast<std::size_t>(kMost)> ended_at_;
};

}  // namespace pixelpass::traversal
