#include "pixelpass/traversal/explore.hpp"

#include "pixelpass/net/endpoint.hpp"
#include "pixelpass/net/udp_driver.hpp"
#include "pixelpass/traversal/address_scope.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/name_lookup.hpp"
#include "pixelpass/traversal/port_mapper.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long the gatherer's last news are awaited, which it tells after a moment.
constexpr Duration kLastNews = 150ms;

/// A core that sends nothing.
class NoCore final : public net::DatagramCore {
  void on_datagram(const net::Path&, ByteView, net::Ecn, Instant) override {}
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink&, Instant) override { return true; }
};

bool is_global_v6(const SocketAddress& address) {
  return address.is_v6() && is_global(address);
}

/// A look around, while it lasts.
class Exploration {
 public:
  explicit Exploration(const ExploreSettings& settings);
  Explored run();

 private:
  /// A relay's server, and since when it is asked.
  struct Relay {
    RelayHealth health;
    SocketAddress address;
    Instant asked_at{};
    bool over = false;
  };

  Gatherer::Handlers gathering();
  PortMapper::Handlers mapping();
  void look_up(std::size_t index, const RelayServer& server);
  void ask(std::size_t index, const SocketAddress& address, bool by_stream);
  void connect(std::size_t index, const SocketAddress& address);
  void on_turn();
  void on_answer(Relay& relay);
  [[nodiscard]] bool is_over() const;

  const ExploreSettings settings_;
  asio::io_context io_;
  NoCore core_;
  net::UdpDriver driver_;
  Agent agent_;
  NameLookup names_;
  Gatherer gatherer_;
  std::vector<Relay> relays_;
  std::vector<std::unique_ptr<tcp::socket>> connections_;
  std::unique_ptr<PortMapper> mapper_;  // the last: its end takes a moment
  Explored explored_;
  bool gathered_ = false;
  bool mapping_over_;
};

Exploration::Exploration(const ExploreSettings& settings)
    : settings_(settings),
      driver_(io_, settings.bind),
      agent_(core_, system_random),
      names_(io_),
      gatherer_(io_, {driver_.local(), settings.stun_servers, settings.relays.size()}, gathering()),
      mapping_over_(!settings.asks_router) {
  driver_.start(agent_, [this](Instant) { on_turn(); });
  gatherer_.start();
  for (const auto& server : settings.relays)
    relays_.push_back({{server.to_string(), std::nullopt}, {}, {}, false});
  for (std::size_t i = 0; i < relays_.size(); ++i) look_up(i, settings.relays[i]);
  if (settings.asks_router) mapper_ = std::make_unique<PortMapper>(io_, driver_.local(), mapping());
}

Explored Exploration::run() {
  const Instant end = Clock::now() + settings_.patience;
  const auto goes_on = asio::make_work_guard(io_);
  while (!is_over() && Clock::now() < end) io_.run_one_until(end);
  io_.run_for(kLastNews);
  driver_.stop();
  const auto& found = explored_.found.surroundings;
  explored_.has_global_v6 = std::ranges::any_of(found.local, is_global_v6);
  explored_.internet_sees_v6 = std::ranges::any_of(found.reflexive, is_global_v6);
  for (const auto& relay : relays_) explored_.relays.push_back(relay.health);
  return explored_;
}

Gatherer::Handlers Exploration::gathering() {
  return {.ask_server =
              [this](const SocketAddress& server) {
                agent_.ask_outer_address(server, Clock::now());
                driver_.wake();
              },
          .forget_servers = [this] { agent_.forget_servers(); },
          .on_gathered =
              [this](const Gathered& found) {
                explored_.found = found;
                gathered_ = true;
              },
          .on_network_change = {}};
}

PortMapper::Handlers Exploration::mapping() {
  return {.on_mapped =
              [this](const PortMapping& mapping) {
                explored_.mapped_by = to_string(mapping.protocol);
                explored_.mapped = mapping.outer;
                gatherer_.on_mapped(mapping.inner, mapping.outer);
                mapping_over_ = true;
              },
          .on_lost = [this](const PortMapping& mapping) { gatherer_.on_mapping_lost(mapping.inner); },
          .on_failed =
              [this](const PortMapper::Failure& failure) {
                if (failure.is_v6) return;
                explored_.mapping_complaint = failure.why;
                mapping_over_ = true;
              }};
}

void Exploration::look_up(std::size_t index, const RelayServer& server) {
  names_.look_up(server.host, server.port, [this, index, server](const NameLookup::Addresses& found) {
    if (!found.empty()) return ask(index, found.front(), is_stream(server.transport));
    relays_[index].over = true;
    gatherer_.on_relay_failed();
  });
}

void Exploration::ask(std::size_t index, const SocketAddress& address, bool by_stream) {
  Relay& relay = relays_[index];
  relay.address = address;
  relay.asked_at = Clock::now();
  if (by_stream) return connect(index, address);
  agent_.ask_outer_address(address, relay.asked_at);
  driver_.wake();
}

void Exploration::connect(std::size_t index, const SocketAddress& address) {
  auto& socket = *connections_.emplace_back(std::make_unique<tcp::socket>(io_));
  socket.async_connect(net::to_endpoint<tcp::endpoint>(address), [this, index](error_code error) {
    if (error == asio::error::operation_aborted) return;
    if (!error) return on_answer(relays_[index]);
    relays_[index].over = true;
    gatherer_.on_relay_failed();
  });
}

void Exploration::on_turn() {
  while (const auto event = agent_.poll_event()) {
    const auto* seen = std::get_if<Reflexive>(&*event);
    const auto* silent = std::get_if<NoReflexive>(&*event);
    if (seen != nullptr) gatherer_.on_reflexive(seen->server, seen->outer);
    if (silent != nullptr) gatherer_.on_no_reflexive(silent->server);
    for (Relay& relay : relays_) {
      if (seen != nullptr && relay.address == seen->server) on_answer(relay);
      if (silent != nullptr && relay.address == silent->server && !std::exchange(relay.over, true))
        gatherer_.on_relay_failed();
    }
  }
}

void Exploration::on_answer(Relay& relay) {
  if (std::exchange(relay.over, true)) return;
  relay.health.round_trip = Clock::now() - relay.asked_at;
  gatherer_.on_relay_ready(relay.address);
}

bool Exploration::is_over() const {
  return gathered_ && mapping_over_ &&
         std::ranges::all_of(relays_, [](const Relay& relay) { return relay.over; });
}

}  // namespace

Explored explore(const ExploreSettings& settings) {
  return Exploration(settings).run();
}

}  // namespace pixelpass::traversal
