#include "sim_network.hpp"

#include <algorithm>

namespace pixelpass::sim {
namespace {

/// IPv4 and UDP headers, which a link carries too.
constexpr std::size_t kHeaderBytes = 28;
/// A core may have more to send at once when its pacing allows.
constexpr int kFlushRounds = 64;

}  // namespace

UnixTime wall(Instant now) {
  constexpr UnixTime kStart{std::chrono::seconds(1'800'000'000)};
  return kStart + std::chrono::floor<std::chrono::seconds>(now - Instant(1h));
}

class Network::Sink final : public net::DatagramSink {
 public:
  Sink(Network& network, NodeId from) : network_(network), from_(from) {}
  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment, bytes.size())))
      network_.transmit(from_, path, bytes.first(std::min(segment, bytes.size())), ecn);
    return true;
  }

 private:
  Network& network_;
  NodeId from_;
};

Network::NodeId Network::add(net::DatagramCore& core, const SocketAddress& address) {
  Node node;
  node.core = &core;
  node.inside = node.outside = address;
  nodes_.push_back(node);
  return nodes_.size() - 1;
}

void Network::remove(NodeId node) {
  nodes_[node].core = nullptr;
}

void Network::rebind(NodeId node, const SocketAddress& outside) {
  nodes_[node].outside = outside;
}

void Network::at(Instant when, std::function<void()> action) {
  events_.push({when, order_++, std::move(action)});
}

std::optional<Instant> Network::through(const Link& link, Instant& free_at, Instant from, std::size_t bytes) {
  if (link.cut || bytes + kHeaderBytes > link.mtu) return std::nullopt;
  if (std::uniform_real_distribution<>(0, 1)(random_) < link.loss) return std::nullopt;
  Instant out = from;
  if (link.bits_per_second > 0) {
    const auto begin = std::max(free_at, from);
    if (begin - from > link.queue) return std::nullopt;
    const auto bits = static_cast<double>((bytes + kHeaderBytes) * 8);
    const auto took = std::chrono::duration<double>(bits / static_cast<double>(link.bits_per_second));
    out = free_at = begin + std::chrono::duration_cast<Duration>(took);
  }
  const auto jitter = std::uniform_int_distribution<Duration::rep>(0, link.jitter.count())(random_);
  return out + link.delay + Duration(jitter);
}

void Network::transmit(NodeId from, const net::Path& path, ByteView bytes, net::Ecn ecn) {
  auto& node = nodes_[from];
  ++node.sent;
  node.sent_bytes += bytes.size();
  Bytes datagram(bytes.begin(), bytes.end());
  if (on_transmit) on_transmit(from, datagram);
  const auto out = through(node.up, node.up_free, now_, datagram.size());
  const auto& source = node.has_other(path.local) ? path.local : node.outside;
  const auto way = on_way ? on_way(source, path.remote) : Duration{};
  if (out && way) arrive(source, path.remote, std::move(datagram), ecn, *out + *way);
}

void Network::inject(const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
  arrive(from, to, Bytes(bytes.begin(), bytes.end()), 0, now_);
}

void Network::arrive(const SocketAddress& from, const SocketAddress& to, Bytes bytes, net::Ecn ecn,
                     Instant when) {
  at(when, [this, from, to, bytes = std::move(bytes), ecn]() mutable {
    const auto is_at = [&](const Node& node) { return node.outside == to || node.has_other(to); };
    const auto found =
        std::ranges::find_if(nodes_, [&](const Node& node) { return node.core && is_at(node); });
    if (found == nodes_.end()) return;
    const auto in = through(found->down, found->down_free, now_, bytes.size());
    if (!in) return;
    const auto node = static_cast<NodeId>(found - nodes_.begin());
    at(*in, [this, node, from, to, bytes = std::move(bytes), ecn] {
      if (!nodes_[node].core) return;
      const auto& local = nodes_[node].has_other(to) ? to : nodes_[node].inside;
      nodes_[node].core->on_datagram({local, from}, bytes, ecn, now_);
      nodes_[node].touched = true;
    });
  });
}

void Network::flush(NodeId id) {
  Sink sink(*this, id);
  auto& node = nodes_[id];
  node.touched = false;
  for (int round = 0; round < kFlushRounds; ++round) {
    node.core->flush(sink, now_);
    const auto due = node.core->next_timeout();
    if (!due || *due > now_) return;
    node.core->on_timeout(now_);
  }
}

Instant Network::next_event() const {
  auto next = events_.empty() ? Instant::max() : events_.top().when;
  for (const auto& node : nodes_) {
    if (!node.core) continue;
    if (node.touched) return now_;
    if (const auto due = node.core->next_timeout()) next = std::min(next, *due);
  }
  return next;
}

void Network::step(Instant until) {
  now_ = std::max(now_, std::min(next_event(), until));
  while (!events_.empty() && events_.top().when <= now_) {
    const auto action = events_.top().action;
    events_.pop();
    action();
  }
  for (auto& node : nodes_) {
    if (!node.core) continue;
    const auto due = node.core->next_timeout();
    if (!due || *due > now_) continue;
    node.core->on_timeout(now_);
    node.touched = true;
  }
  if (on_step) on_step();
  for (NodeId id = 0; id < nodes_.size(); ++id)
    if (nodes_[id].core && nodes_[id].touched) flush(id);
}

bool Network::run_until(const std::function<bool()>& done, Duration at_most) {
  const auto until = now_ + at_most;
  while (!done()) {
    if (now_ >= until && next_event() > until) return false;
    step(until);
    if (now_ >= until && next_event() > now_) return done();
  }
  return true;
}

}  // namespace pixelpass::sim
