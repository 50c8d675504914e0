#include "pixelpass/traversal/gather.hpp"

#include "pixelpass/traversal/name_lookup.hpp"

#include "traversal/gathering.hpp"
#include "traversal/network_watch.hpp"
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A name that is not found (there is no network yet) is looked up again.
constexpr Duration kNextLookup = 15s;

}  // namespace

/// Shared with its own waiting handlers, which outlive Gatherer for a moment.
class Gatherer::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, GatherSettings settings, Handlers handlers)
      : settings_(std::move(settings)),
        handlers_(std::move(handlers)),
        gathering_(settings_.bound, settings_.relays),
        timer_(io),
        lookup_timer_(io),
        names_(io),
        watch_(io, [this] { on_network_change(); }) {}

  void start() { begin(); }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    lookup_timer_.cancel();
  }

  /// Something was told to what is known: it may be time to tell others.
  template <class Tell>
  void tell(Tell tell_gathering) {
    tell_gathering(gathering_, Clock::now());
    arm();
  }

 private:
  void begin() {
    gathering_.begin(interface_addresses(), settings_.stun_servers.size(), Clock::now());
    ++round_;
    lookup_timer_.cancel();
    not_found_.clear();
    for (const auto& server : settings_.stun_servers) look_up(server);
    arm();
  }

  void look_up(const StunServer& server) {
    names_.look_up(server.host, server.port, [this, server, round = round_](const auto& addresses) {
      if (round == round_ && !stopped_) on_name(server, addresses);
    });
  }

  void on_name(const StunServer& server, const NameLookup::Addresses& addresses) {
    for (const auto& address : gathering_.on_name(addresses)) handlers_.ask_server(address);
    if (addresses.empty()) look_up_later(server);
    arm();
  }

  void look_up_later(const StunServer& server) {
    not_found_.push_back(server);
    lookup_timer_.expires_after(kNextLookup);
    lookup_timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->stopped_) return;
      for (const auto& missing : std::exchange(self->not_found_, {})) self->look_up(missing);
    });
  }

  void on_network_change() {
    if (stopped_ || round_ == 0) return;  // not begun yet
    handlers_.forget_servers();
    if (handlers_.on_network_change) handlers_.on_network_change();
    begin();
  }

  /// Never tells from within a call of others: the timer is what tells.
  void arm() {
    const auto due = gathering_.next_timeout();
    if (!due) return;
    timer_.expires_at(*due);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && !self->stopped_) self->on_timer();
    });
  }

  void on_timer() {
    if (const auto found = gathering_.poll(Clock::now())) handlers_.on_gathered(*found);
    if (!stopped_) arm();
  }

  const GatherSettings settings_;
  const Handlers handlers_;
  Gathering gathering_;
  asio::steady_timer timer_;
  asio::steady_timer lookup_timer_;
  std::vector<StunServer> not_found_;
  std::uint64_t round_ = 0;  ///< what names of earlier ones become does not matter
  bool stopped_ = false;
  NameLookup names_;  // after what their handlers use
  NetworkWatch watch_;
};

Gatherer::Gatherer(asio::io_context& io, GatherSettings settings, Handlers handlers)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(handlers))) {}
Gatherer::~Gatherer() {
  impl_->stop();
}

void Gatherer::start() {
  impl_->start();
}
void Gatherer::on_reflexive(const SocketAddress& server, const SocketAddress& outer) {
  impl_->tell([&](Gathering& known, Instant now) { known.on_reflexive(server, outer, now); });
}
void Gatherer::on_no_reflexive(const SocketAddress& server) {
  impl_->tell([&](Gathering& known, Instant now) { known.on_no_reflexive(server, now); });
}
void Gatherer::on_mapped(const SocketAddress& inner, const SocketAddress& outer) {
  impl_->tell([&](Gathering& known, Instant now) { known.on_mapped(inner, outer, now); });
}
void Gatherer::on_mapping_lost(const SocketAddress& inner) {
  impl_->tell([&](Gathering& known, Instant now) { known.on_mapping_lost(inner, now); });
}
void Gatherer::on_relay_ready(const SocketAddress& relayed) {
  impl_->tell([&](Gathering& known, Instant now) { known.on_relay_ready(relayed, now); });
}
void Gatherer::on_relay_lost(const SocketAddress& relayed) {
  impl_->tell([&](Gathering& known, Instant now) { known.on_relay_lost(relayed, now); });
}
void Gatherer::on_relay_failed() {
  impl_->tell([](Gathering& known, Instant) { known.on_relay_failed(); });
}

}  // namespace pixelpass::traversal
