#pragma once

#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace pixelpass::app {

/// Viewers who have told their addresses, by whichever way they came in. Each is told ours, and both punch a
/// hole. When our addresses change, all are told, and those who have lost us are called where they were last.
/// Sans-IO. Thread: network.
class MetViewers {
 public:
  /// How long a viewer that is away is called when our addresses change: as long as viewers look for us, and
  /// a bit.
  static constexpr Duration kCalledFor = 2min;
  static constexpr std::size_t kMost = 64;

  struct Handlers {
    /// Tells a viewer our addresses, under its tag.
    std::function<void(std::uint32_t viewer, const std::vector<Candidate>& ours, const Bytes& tag)> tell;
    /// Adds this address to our relay's permissions, if there is a relay, or removes it.
    std::function<void(const SocketAddress&)> permit;
    std::function<void(const SocketAddress&)> forbid;
  };

  /// `agent`: punches; outlives it.
  MetViewers(traversal::Agent& agent, Handlers handlers);

  void meet(const tunnel::ViewerCandidates& viewer, Instant now);
  void on_left(std::uint32_t viewer, Instant now);
  /// Our addresses from now on, which all viewers are told.
  void on_candidates(std::vector<Candidate> ours, Instant now);
  /// Our relay's address from now on; nullopt: there is none. If it has changed, all are called.
  void on_relayed(const std::optional<SocketAddress>& relayed, Instant now);

 private:
  struct Met {
    Bytes tag;
    std::vector<SocketAddress> remotes;
    net::Path path;                          ///< over which it said so
    Secret secret;                           ///< that it came in with
    std::vector<SocketAddress> permitted{};  ///< over our relay
    std::optional<traversal::AttemptId> attempt{};
    std::optional<Instant> left_at{};
  };

  void permit(const Met& viewer);
  void punch(Met& viewer, Instant now);
  void meet_again(Instant now);
  void forget(std::uint32_t viewer);
  void make_room(Instant now);

  traversal::Agent& agent_;
  const Handlers handlers_;
  std::optional<std::vector<Candidate>> ours_;
  std::optional<SocketAddress> relayed_;
  std::map<std::uint32_t, Met> viewers_;  ///< who is here, or may come back
};

}  // namespace pixelpass::app
