#include "sim_nat.hpp"

#include <algorithm>

namespace pixelpass::sim {
namespace {

constexpr Duration kUnanswered = 30s;
constexpr Duration kAnswered = 120s;

bool is_same_host(const SocketAddress& a, const SocketAddress& b) {
  return std::ranges::equal(a.bytes(), b.bytes());
}

bool matches(Dependence on, const SocketAddress& a, const SocketAddress& b) {
  if (on == Dependence::kNothing) return true;
  return on == Dependence::kAddress ? is_same_host(a, b) : a == b;
}

}  // namespace

/// What those inside send through.
class Nat::Sink final : public net::DatagramSink {
 public:
  Sink(Nat& nat, net::DatagramSink& next, Instant now) : nat_(nat), next_(next), now_(now) {}

  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    if (path.remote == nat_.inside_address_) return nat_.loop_back(bytes);
    return next_.send(translated(path), bytes, segment, ecn);
  }
  bool send_near(const net::Path& path, ByteView datagram, int hops) override {
    if (path.remote == nat_.inside_address_) return nat_.loop_back(datagram);
    if (hops <= 1) return true;
    const auto way = translated(path);
    // Behind the last NAT there are more hops than an opener has left.
    return nat_.on_port_ ? true : next_.send_near(way, datagram, hops - 1);
  }

 private:
  net::Path translated(const net::Path& path) {
    const auto source = path.local.is_unspecified() ? nat_.inside_address_ : path.local;
    return {nat_.outside(nat_.translate(source, path.remote, now_)), path.remote};
  }

  Nat& nat_;
  net::DatagramSink& next_;
  Instant now_;
};

Nat::Nat(net::DatagramCore& inside, const SocketAddress& inside_address, const SocketAddress& own,
         NatKind kind, std::uint64_t seed, std::function<void(const SocketAddress&)> on_port)
    : inside_(inside),
      inside_address_(inside_address),
      own_(own),
      kind_(kind),
      random_(seed),
      on_port_(std::move(on_port)) {
  if (!kind_.translates && on_port_) on_port_(own_);
}

SocketAddress Nat::outside(std::uint16_t port) const {
  auto address = own_;
  address.set_port(port);
  return address;
}

bool Nat::is_taken(std::uint16_t port) const {
  return std::ranges::any_of(flows_, [port](const Flow& flow) { return flow.port == port; });
}

bool Nat::has_flow(const SocketAddress& source, const SocketAddress& remote) const {
  return std::ranges::any_of(
      flows_, [&](const Flow& flow) { return flow.source == source && flow.remote == remote; });
}

std::uint16_t Nat::fresh_port() {
  for (;;) {
    const auto port = std::uniform_int_distribution<std::uint16_t>(20'000, 60'000)(random_);
    if (!is_taken(port)) return port;
  }
}

std::uint16_t Nat::port_for(const SocketAddress& source, const SocketAddress& remote) {
  const auto same = std::ranges::find_if(flows_, [&](const Flow& flow) {
    return flow.source == source && matches(kind_.mapping, flow.remote, remote);
  });
  // A first flow keeps its port where flows have one for all destinations, and nobody else has it.
  const bool keeps_port = kind_.mapping == Dependence::kNothing && !is_taken(source.port());
  const auto port = same != flows_.end() ? same->port : keeps_port ? source.port() : fresh_port();
  const bool clashes = std::ranges::any_of(strangers_, [&](const Stranger& stranger) {
    return stranger.port == port && stranger.remote == remote;
  });
  return clashes ? fresh_port() : port;
}

std::uint16_t Nat::translate(const SocketAddress& source, const SocketAddress& remote, Instant now) {
  if (!kind_.translates) return own_.port();
  forget(now);
  const auto known = std::ranges::find_if(
      flows_, [&](const Flow& flow) { return flow.source == source && flow.remote == remote; });
  if (known != flows_.end()) {
    known->used = now;
    return known->port;
  }
  const auto port = port_for(source, remote);
  flows_.push_back({source, remote, port, now, false});
  if (on_port_) on_port_(outside(port));
  return port;
}

bool Nat::lets_in(const Flow& flow, const SocketAddress& remote) const {
  return matches(kind_.filtering, flow.remote, remote);
}

void Nat::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  if (!kind_.translates) return inside_.on_datagram({inside_address_, path.remote}, bytes, ecn, now);
  forget(now);
  const auto port = path.local.port();
  auto found = flows_.end();
  for (auto flow = flows_.begin(); flow != flows_.end(); ++flow) {
    if (flow->port != port || !lets_in(*flow, path.remote)) continue;
    // The flow itself before one that only lets it in.
    if (found == flows_.end() || flow->remote == path.remote) found = flow;
  }
  if (found != flows_.end()) {
    const auto source = found->source;
    // Who is let in is answered from the port that he knows.
    if (found->remote != path.remote && !has_flow(source, path.remote))
      flows_.push_back({source, path.remote, port, now, false});
    for (auto& flow : flows_)
      if (flow.port == port && flow.remote == path.remote) {
        flow.used = now;
        flow.answered = true;
      }
    return inside_.on_datagram({source, path.remote}, bytes, ecn, now);
  }
  if (!kind_.remembers_strangers) return;
  const auto known = std::ranges::find_if(strangers_, [&](const Stranger& stranger) {
    return stranger.port == port && stranger.remote == path.remote;
  });
  if (known != strangers_.end())
    known->used = now;
  else
    strangers_.push_back({port, path.remote, now});
}

void Nat::forget(Instant now) {
  std::erase_if(flows_, [now](const Flow& flow) {
    return flow.used + (flow.answered ? kAnswered : kUnanswered) <= now;
  });
  std::erase_if(strangers_, [now](const Stranger& stranger) { return stranger.used + kUnanswered <= now; });
}

bool Nat::loop_back(ByteView bytes) {
  to_itself_.emplace_back(bytes.begin(), bytes.end());
  return true;
}

bool Nat::flush(net::DatagramSink& sink, Instant now) {
  Sink through(*this, sink, now);
  if (!inside_.flush(through, now)) return false;
  for (const auto& bytes : std::exchange(to_itself_, {}))
    inside_.on_datagram({inside_address_, inside_address_}, bytes, 0, now);
  return inside_.flush(through, now);
}

}  // namespace pixelpass::sim
