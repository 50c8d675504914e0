#pragma once

#include "pixelpass/net/path.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <vector>

namespace pixelpass::sim {

/// One direction of a node's access link.
struct Link {
  Duration delay = 1ms;
  Duration jitter{};                 ///< added at random, each datagram for itself: reorders
  double loss = 0;                   ///< share of datagrams
  std::int64_t bits_per_second = 0;  ///< 0: as fast as can be
  Duration queue = 50ms;             ///< what waits longer is dropped
  bool cut = false;                  ///< a black-out
  std::size_t mtu = 1500;            ///< bytes, with IP and UDP; what is larger is dropped without a word
};

/// The wall clock's time at an instant, where nobody has slept.
UnixTime wall(Instant now);

/// Nodes with an address each behind links of their own, in simulated time. What happens is a function of the
/// seed.
class Network {
 public:
  explicit Network(std::uint64_t seed) : random_(seed) {}

  using NodeId = std::size_t;
  NodeId add(net::DatagramCore& core, const SocketAddress& address);
  void remove(NodeId node);
  /// Another core in a node's place, for example one that measures it.
  void replace(NodeId node, net::DatagramCore& core) { nodes_[node].core = &core; }
  Link& up(NodeId node) { return nodes_[node].up; }
  Link& down(NodeId node) { return nodes_[node].down; }
  void set_both(NodeId node, const Link& link) { nodes_[node].up = nodes_[node].down = link; }

  /// From now on the node is seen from outside at another address; what is sent to the old one is lost.
  void rebind(NodeId node, const SocketAddress& outside);
  /// The node has this address too, as a host with two ways to it: it answers from the one that was asked.
  void add_address(NodeId node, const SocketAddress& address) { nodes_[node].others.push_back(address); }
  /// What a datagram between two addresses takes longer than its nodes' links; nullopt: it is lost.
  std::function<std::optional<Duration>(const SocketAddress& from, const SocketAddress& to)> on_way;
  /// Something that a node was given from outside: it is flushed at the next step.
  void touch(NodeId node) { nodes_[node].touched = true; }
  /// Sees each datagram as it is sent, and may change it: a wire-tapper's place.
  std::function<void(NodeId from, Bytes& datagram)> on_transmit;
  /// A datagram from anywhere.
  void inject(const SocketAddress& from, const SocketAddress& to, ByteView bytes);

  [[nodiscard]] Instant now() const { return now_; }
  /// Tells what a wall clock shows: `now()`, and the time that machines slept, which the other clock knows
  /// nothing of.
  [[nodiscard]] WallClock wall_clock() const {
    return [this] { return wall(now_) + std::chrono::floor<std::chrono::seconds>(slept - set_back); };
  }
  /// The same where nobody can set it (steady_wall_clock).
  [[nodiscard]] WallClock steady_clock() const {
    return [this] { return wall(now_) + std::chrono::floor<std::chrono::seconds>(slept); };
  }
  Duration slept{};
  Duration set_back{};  ///< the wall clock, by somebody
  /// Calls `action` at a time; with the network's other events in order.
  void at(Instant when, std::function<void()> action);
  /// Called after each step: drain the cores' events here.
  std::function<void()> on_step;

  /// Runs until `done` or for `at_most`; returns whether it is done.
  bool run_until(const std::function<bool()>& done, Duration at_most);
  void run_for(Duration duration) {
    run_until([] { return false; }, duration);
  }

  [[nodiscard]] std::uint64_t datagrams_from(NodeId node) const { return nodes_[node].sent; }
  [[nodiscard]] std::uint64_t bytes_from(NodeId node) const { return nodes_[node].sent_bytes; }

 private:
  struct Node {
    net::DatagramCore* core = nullptr;
    SocketAddress inside;
    SocketAddress outside;
    std::vector<SocketAddress> others;
    Link up;
    Link down;
    Instant up_free{};
    Instant down_free{};
    bool touched = true;
    std::uint64_t sent = 0;
    std::uint64_t sent_bytes = 0;

    [[nodiscard]] bool has_other(const SocketAddress& address) const {
      return std::ranges::find(others, address) != others.end();
    }
  };
  struct Event {
    Instant when;
    std::uint64_t order;
    std::function<void()> action;
    friend bool operator>(const Event& a, const Event& b) {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };
  class Sink;

  std::optional<Instant> through(const Link& link, Instant& free_at, Instant from, std::size_t bytes);
  void transmit(NodeId from, const net::Path& path, ByteView bytes, net::Ecn ecn);
  void arrive(const SocketAddress& from, const SocketAddress& to, Bytes bytes, net::Ecn ecn, Instant when);
  void flush(NodeId node);
  [[nodiscard]] Instant next_event() const;
  void step(Instant until);

  std::mt19937_64 random_;
  Instant now_{1h};
  std::uint64_t order_ = 0;
  std::vector<Node> nodes_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

}  // namespace pixelpass::sim
