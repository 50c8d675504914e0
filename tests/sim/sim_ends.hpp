#pragma once

#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "sim_nat.hpp"
#include "sim_network.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::sim {

// The kinds of the punching laboratory, and what else there is.
inline constexpr NatKind kOpen{"open", Dependence::kNothing, Dependence::kNothing, false, false};
inline constexpr NatKind kPort{"port", Dependence::kNothing, Dependence::kAddressAndPort, true, false};
inline constexpr NatKind kSym{"sym", Dependence::kAddressAndPort, Dependence::kAddressAndPort, true, false};
inline constexpr std::array<NatKind, 9> kKinds{{
    kOpen,
    {"full", Dependence::kNothing, Dependence::kNothing, true, false},
    {"addr", Dependence::kNothing, Dependence::kAddress, true, false},
    kPort,
    {"port-nofw", Dependence::kNothing, Dependence::kAddressAndPort, true, true},
    {"addr-nofw", Dependence::kNothing, Dependence::kAddress, true, true},
    kSym,
    {"sym-addr", Dependence::kAddressAndPort, Dependence::kAddress, true, false},
    {"sym-by-addr", Dependence::kAddress, Dependence::kAddressAndPort, true, false},
}};

/// What is between one end and the network: one NAT, or a second one of the provider's.
struct Site {
  NatKind kind;
  std::optional<NatKind> provider;

  [[nodiscard]] std::string name() const {
    return std::string(kind.name) + (provider ? std::string("+") + provider->name : "");
  }
  [[nodiscard]] bool keeps_mapping() const {
    return kind.mapping == Dependence::kNothing && (!provider || provider->mapping == Dependence::kNothing);
  }
  [[nodiscard]] Dependence filtering() const {
    return provider ? std::max(kind.filtering, provider->filtering) : kind.filtering;
  }
};

/// Whether an end takes what comes from a port that it has not sent to, at an address that the other one
/// knows.
inline bool takes_any_port(const Site& site) {
  return site.keeps_mapping() && site.filtering() != Dependence::kAddressAndPort;
}

inline bool has_path(const Site& a, const Site& b) {
  return takes_any_port(a) || takes_any_port(b) || (a.keeps_mapping() && b.keeps_mapping());
}

/// Answers what is asked about outer addresses.
class StunServer final : public net::DatagramCore {
 public:
  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant) override {
    const auto question = traversal::StunMessage::parse(bytes);
    if (!question) return;
    answers_.push_back({path, traversal::StunWriter(traversal::StunClass::kSuccess,
                                                    traversal::StunMethod::kBinding, question->id())
                                  .add_xor_address(traversal::StunAttribute::kXorMappedAddress, path.remote)
                                  .take()});
  }
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink& sink, Instant) override {
    for (; !answers_.empty(); answers_.pop_front())
      sink.send(answers_[0].first, answers_[0].second, answers_[0].second.size(), 0);
    return true;
  }

 private:
  std::deque<std::pair<net::Path, Bytes>> answers_;
};

/// Stands for QUIC: says hello on a path again and again, answers hellos where they came from.
class Greeter final : public net::DatagramCore {
 public:
  void greet(const net::Path& path) {
    path_ = path;
    answered_ = false;
  }
  [[nodiscard]] bool is_answered() const { return answered_; }

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant) override {
    if (bytes.size() != kHello.size()) return;
    if (bytes[1] == kHello[1]) to_answer_.push_back(path);
    if (bytes[1] != kHello[1] && path_ && path.remote == path_->remote) answered_ = true;
  }
  void on_timeout(Instant now) override {
    next_ = now + 100ms;
    due_ = true;
  }
  [[nodiscard]] std::optional<Instant> next_timeout() const override {
    return path_ && !answered_ ? std::optional(next_) : std::nullopt;
  }
  bool flush(net::DatagramSink& sink, Instant) override {
    if (path_ && due_) sink.send(*path_, kHello, kHello.size(), 0);
    due_ = false;
    for (const auto& path : to_answer_) sink.send(path, kAnswer, kAnswer.size(), 0);
    to_answer_.clear();
    return true;
  }

 private:
  static constexpr std::array<std::uint8_t, 2> kHello{0xc0, 1};
  static constexpr std::array<std::uint8_t, 2> kAnswer{0xc0, 2};
  std::optional<net::Path> path_;
  std::vector<net::Path> to_answer_;
  Instant next_{};
  bool due_ = false;
  bool answered_ = false;
};

inline const auto kStunAddress = *SocketAddress::parse("198.51.100.1:3478");
/// Both ends have the same one at home.
inline const auto kHomeAddress = *SocketAddress::parse("192.168.1.2:4433");

/// One end: a core with its agent, behind a NAT or two.
class End {
 public:
  End(Network& network, const Site& site, const std::string& own, std::uint64_t seed)
      : network_(network), agent_(greeter_, seeded_random(seed)) {
    const auto outside = *SocketAddress::parse(own);
    const auto node = std::make_shared<std::optional<Network::NodeId>>();
    waiting_ports_ = std::make_shared<std::vector<SocketAddress>>();
    const auto on_port = [&network, node, waiting = waiting_ports_](const SocketAddress& port) {
      if (*node)
        network.add_address(**node, port);
      else
        waiting->push_back(port);
    };
    if (site.provider) {
      const auto between = *SocketAddress::parse("100.64.0.2:4433");
      home_ = std::make_unique<Nat>(agent_, kHomeAddress, between, site.kind, seed, nullptr);
      provider_ = std::make_unique<Nat>(*home_, between, outside, *site.provider, seed + 1, on_port);
    } else {
      home_ = std::make_unique<Nat>(agent_, kHomeAddress, outside, site.kind, seed, on_port);
    }
    auto none = outside;
    none.set_port(1);  // where nothing ever comes
    id_ = network.add(provider_ ? static_cast<net::DatagramCore&>(*provider_) : *home_, none);
    *node = id_;
    for (const auto& port : *waiting_ports_) network.add_address(id_, port);
  }

  void ask() {
    agent_.ask_outer_address(kStunAddress, network_.now());
    network_.touch(id_);
  }
  void punch(const SocketAddress& other, traversal::AttemptSettings settings) {
    settings.remotes = {kHomeAddress, other};
    agent_.punch(traversal::check_key({7}, as_bytes("tag")), std::move(settings), network_.now());
    began = network_.now();
    network_.touch(id_);
  }
  void allocate(const SocketAddress& server) {
    relay_ = agent_.add_relay(server,
                              {.credentials = {"user", "password"},
                               .transport = traversal::TurnTransport::kUdp,
                               .want_v6 = false,
                               .lifetimes = {}},
                              network_.now());
    network_.touch(id_);
  }
  void permit(const SocketAddress& peer) {
    agent_.permit(relay_, peer, network_.now());
    network_.touch(id_);
  }
  void bind(const SocketAddress& peer) {
    agent_.bind_channel(relay_, peer, network_.now());
    network_.touch(id_);
  }
  void greet(const net::Path& path) {
    greeter_.greet(path);
    network_.touch(id_);
  }
  void drain() {
    while (auto event = agent_.poll_event()) {
      if (const auto* reflexive = std::get_if<traversal::Reflexive>(&*event)) outer = reflexive->outer;
      if (const auto* ready = std::get_if<traversal::RelayReady>(&*event)) {
        relayed = ready->relayed;
        outer = ready->mapped;
      }
      if (std::holds_alternative<traversal::RelayFailed>(*event)) relayed.reset();
      if (const auto* one = std::get_if<traversal::PathFound>(&*event); one && !found) found = one->path;
      if (std::holds_alternative<traversal::PunchFailed>(*event)) failed = network_.now();
    }
  }

  [[nodiscard]] Network::NodeId id() const { return id_; }
  [[nodiscard]] bool is_answered() const { return greeter_.is_answered(); }
  std::optional<SocketAddress> outer;
  std::optional<SocketAddress> relayed;
  std::optional<net::Path> found;
  std::optional<Instant> failed;
  Instant began{};

 private:
  Network& network_;
  Greeter greeter_;
  traversal::Agent agent_;
  traversal::RelayId relay_{};
  std::unique_ptr<Nat> home_;
  std::unique_ptr<Nat> provider_;
  std::shared_ptr<std::vector<SocketAddress>> waiting_ports_;
  Network::NodeId id_ = 0;
};

/// How a random world comes about; printed where one fails.
struct Draw {
  explicit Draw(std::uint64_t number) : seed(number), random(number) {}
  Site site() {
    Site drawn{kKinds[pick(kKinds.size())], std::nullopt};
    if (pick(4) == 0) drawn.provider = pick(2) == 0 ? kPort : kSym;
    return drawn;
  }
  Link link() {
    const auto delay = 1ms * static_cast<std::int64_t>(pick(100));
    return {.delay = delay,
            .jitter = 1ms * static_cast<std::int64_t>(pick(20)),
            .loss = 0.01 * static_cast<double>(pick(15))};
  }
  std::uint64_t pick(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random);
  }

  std::uint64_t seed;
  std::mt19937_64 random;
};

/// PIXELPASS_SEED=n: that world alone.
inline std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* chosen = std::getenv("PIXELPASS_SEED")) return {std::stoull(chosen)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 1; i <= count; ++i) all.push_back(i);
  return all;
}

}  // namespace pixelpass::sim
