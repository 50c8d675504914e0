#pragma once

#include "traversal/punch.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

/// All attempts, told apart by the user names of their keys. Sans-IO.
class Punches {
 public:
  Punches(Random random, AgentOutput& output) : random_(std::move(random)), output_(output) {}

  AttemptId start(CheckKey key, AttemptSettings settings, Instant now);
  void add_remotes(AttemptId id, const std::vector<SocketAddress>& remotes, Instant now);
  void stop(AttemptId id);

  /// See Punch::near_hops.
  [[nodiscard]] int near_hops(const SocketAddress& remote, Instant now) const {
    int hops = 0;
    for (const auto& punch : running_) hops = std::max(hops, punch->near_hops(remote, now));
    return hops;
  }
  /// See Punch::on_heard.
  void on_heard(const SocketAddress& remote) {
    for (const auto& punch : running_) punch->on_heard(remote);
  }
  /// False: of no attempt.
  [[nodiscard]] bool on_request(const net::Path& path, const StunMessage& request, Instant now);
  void on_answer(const net::Path& path, const StunMessage& answer, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

 private:
  void end(std::size_t index);

  Random random_;
  AgentOutput& output_;
  std::uint32_t started_ = 0;
  std::vector<std::unique_ptr<Punch>> running_;
};

}  // namespace pixelpass::traversal
