#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <tuple>

namespace pixelpass::traversal {

/// What the kernel tells of interfaces, addresses and default routes (rtnetlink(7)), so far as it says
/// whether this is still the network that it was. A notice is no change by itself: lifetimes are renewed, and
/// routes replaced by themselves. Sans-IO. Bounded.
class NetworkState {
 public:
  struct Outcome {
    bool changed = false;
    bool dumped = false;  ///< the end of a list that was asked for
  };
  /// `messages`: what one datagram of the kernel holds. What cannot be read is left out.
  ///
  /// Changes: an address of use comes or goes (link-local IPv6, which each end of a container's cable has, is
  /// none, nor is one that is still being checked for a second owner); an interface with such an address gets
  /// or loses its carrier; a default route comes, goes, or leads elsewhere.
  Outcome apply(ByteView messages);

 private:
  using Address = std::pair<std::uint32_t, Bytes>;                       ///< of which interface
  using Route = std::tuple<std::uint8_t, std::uint32_t, std::uint32_t>;  ///< family, table, metric
  struct Message;

  bool apply_one(const Message& message);
  bool apply_link(const Message& message);
  bool apply_address(const Message& message);
  bool apply_route(const Message& message);
  [[nodiscard]] bool has_address(std::uint32_t interface) const;

  std::map<std::uint32_t, bool> links_;  ///< whether it works
  std::set<Address> addresses_;
  std::map<Route, Bytes> routes_;  ///< where it leads
};

}  // namespace pixelpass::traversal
