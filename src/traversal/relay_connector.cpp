#include "pixelpass/traversal/relay_connector.hpp"

#include "pixelpass/traversal/name_lookup.hpp"

#include "traversal/turn_stream.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace pixelpass::traversal {
namespace {

constexpr std::uint16_t kWebPort = 443;

/// One way to the server, and what has become of it.
struct RelayWay {
  TurnTransport transport{};
  std::uint16_t port = 0;
  std::optional<RelayId> relay{};
  std::shared_ptr<TurnStream> stream{};
  bool failed = false;
};

std::vector<RelayWay> ways_to(const RelayServer& server) {
  if (server.transport_named || server.transport == TurnTransport::kTls)
    return {{server.transport, server.port}};
  return {{TurnTransport::kUdp, server.port},
          {TurnTransport::kTcp, server.port},
          {TurnTransport::kTls, kWebPort}};
}

/// Whether the error is about the user, and so the same over every transport.
bool is_verdict(TurnError error) {
  switch (error) {
    case TurnError::kCredentials:
    case TurnError::kForbidden:
    case TurnError::kQuota:
    case TurnError::kNoCapacity:
    case TurnError::kFamily:
      return true;
    default:
      return false;
  }
}

/// IPv4 first: whoever has only IPv6 finds no IPv4 address to a name of its network's.
SocketAddress best_of(const NameLookup::Addresses& addresses) {
  const auto v4 = std::ranges::find_if(addresses, [](const auto& one) { return !one.is_v6(); });
  return v4 == addresses.end() ? addresses.front() : *v4;
}

}  // namespace

class RelayConnector::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, Agent& agent, Settings settings, Handlers handlers)
      : io_(io),
        agent_(agent),
        settings_(std::move(settings)),
        handlers_(std::move(handlers)),
        names_(io),
        timer_(io),
        ways_(ways_to(settings_.server)) {}

  void start() {
    if (settings_.address) {
      address_ = settings_.address;
      return begin_next();
    }
    names_.look_up(settings_.server.host, settings_.server.port, [this](const auto& addresses) {
      if (stopped_) return;
      if (addresses.empty())
        return fail({"the relay " + settings_.server.to_string() + " was not found: no such name",
                     "see that its name is right"});
      address_ = best_of(addresses);
      begin_next();
    });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    for (auto& way : ways_) end(way);
    handlers_.wake();
  }

  void on_ready(const RelayReady& ready) {
    auto* way = find(ready.relay);
    if (!way || chosen_) return;
    chosen_ = ready.relay;
    timer_.cancel();
    for (auto& other : ways_)
      if (&other != way) end(other);
    next_ = ways_.size();
    handlers_.on_ready(Ready{ready.relay, address_of(*way), ready.relayed, ready.mapped, way->transport});
  }

  void on_failed(const RelayFailed& failed) {
    auto* way = find(failed.relay);
    if (!way) return;
    way->relay.reset();
    way->stream.reset();
    if (failed.error == TurnError::kElsewhere && failed.alternate && !redirected_)
      return go_to(*failed.alternate);
    on_way_failed(*way, describe(failed.error, failed.detail), is_verdict(failed.error));
  }

  [[nodiscard]] bool check() {
    auto* way = chosen_ ? find(*chosen_) : nullptr;
    if (!way || (way->stream && !way->stream->has_own_address())) return false;
    agent_.check_relay(*chosen_, Clock::now());
    handlers_.wake();
    return true;
  }

  void permit(const SocketAddress& peer) {
    if (chosen_) agent_.permit(*chosen_, peer, Clock::now());
    handlers_.wake();
  }
  void bind_channel(const SocketAddress& peer) {
    if (chosen_) agent_.bind_channel(*chosen_, peer, Clock::now());
    handlers_.wake();
  }
  void forget(const SocketAddress& peer) {
    if (chosen_) agent_.forget_peer(*chosen_, peer);
  }

 private:
  [[nodiscard]] SocketAddress address_of(const RelayWay& way) const {
    SocketAddress address = *address_;
    address.set_port(way.port);
    return address;
  }

  RelayWay* find(RelayId relay) {
    const auto found = std::ranges::find(ways_, std::optional(relay), &RelayWay::relay);
    return found == ways_.end() ? nullptr : &*found;
  }

  void begin_next() {
    if (next_ == ways_.size()) return;
    begin(ways_[next_++]);
    handlers_.wake();
    if (next_ == ways_.size()) return;
    timer_.expires_after(kPatience);
    timer_.async_wait([self = shared_from_this()](const auto& error) {
      if (!error && !self->stopped_) self->begin_next();
    });
  }

  [[nodiscard]] TurnClient::Settings client(const RelayWay& way) const {
    return {.credentials = settings_.credentials,
            .transport = way.transport,
            .want_v6 = settings_.want_v6.value_or(address_->is_v6())};
  }

  void begin(RelayWay& way) {
    if (!is_stream(way.transport)) {
      way.relay = agent_.add_relay(address_of(way), client(way), Clock::now());
      return;
    }
    RelayServer server = settings_.server;
    server.transport = way.transport;
    server.port = way.port;
    const auto index = static_cast<std::size_t>(&way - ways_.data());
    way.stream = std::make_shared<TurnStream>(io_, server, address_of(way), stream_handlers(index));
  }

  TurnStream::Handlers stream_handlers(std::size_t index) {
    return {.on_open = [this, index] { on_open(ways_[index]); },
            .on_message =
                [this, index](ByteView message) {
                  if (!ways_[index].relay) return;
                  agent_.on_stream_message(*ways_[index].relay, message, Clock::now());
                  handlers_.wake();
                },
            .on_lost = [this, index](const Error& why) { on_stream_lost(ways_[index], why); }};
  }

  void on_open(RelayWay& way) {
    // The agent's relay may outlive us for the time of its goodbye.
    const auto send = [stream = std::weak_ptr(way.stream)](ByteView messages) {
      const auto open = stream.lock();
      return open && open->send(messages);
    };
    way.relay = agent_.add_stream_relay(client(way), send, Clock::now());
    handlers_.wake();
  }

  void on_stream_lost(RelayWay& way, const Error& why) {
    if (way.relay) {
      agent_.on_stream_lost(*way.relay);  // RelayFailed follows
      return handlers_.wake();
    }
    on_way_failed(way, why, false);
  }

  void on_way_failed(RelayWay& way, const Error& why, bool is_final) {
    way.failed = true;
    const bool was_chosen = chosen_.has_value();
    if (was_chosen || is_final) return fail(why);
    if (!error_) error_ = why;
    if (next_ < ways_.size()) return begin_next();
    if (std::ranges::all_of(ways_, &RelayWay::failed)) fail(*error_);
  }

  /// ALTERNATE-SERVER: once, since two servers may send us to and fro.
  void go_to(const SocketAddress& alternate) {
    redirected_ = true;
    for (auto& way : ways_) end(way);
    address_ = alternate;
    for (auto& way : ways_) {
      way.failed = false;
      if (way.transport != TurnTransport::kTls) way.port = alternate.port();
    }
    next_ = 0;
    begin_next();
  }

  void end(RelayWay& way) {
    if (const auto relay = std::exchange(way.relay, std::nullopt)) agent_.remove_relay(*relay, Clock::now());
    way.stream.reset();
  }

  void fail(Error why) {
    if (std::exchange(failed_, true)) return;
    timer_.cancel();
    boost::asio::post(io_, [self = shared_from_this(), why = std::move(why)] {
      if (!self->stopped_) self->handlers_.on_failed(why);
    });
  }

  boost::asio::io_context& io_;
  Agent& agent_;
  const Settings settings_;
  const Handlers handlers_;
  NameLookup names_;
  boost::asio::steady_timer timer_;
  std::vector<RelayWay> ways_;
  std::size_t next_ = 0;  ///< the way that begins next
  std::optional<SocketAddress> address_;
  std::optional<RelayId> chosen_;
  std::optional<Error> error_;  ///< of the first way: the others were only tried since it failed
  bool redirected_ = false;
  bool failed_ = false;
  bool stopped_ = false;
};

RelayConnector::RelayConnector(boost::asio::io_context& io, Agent& agent, Settings settings,
                               Handlers handlers)
    : impl_(std::make_shared<Impl>(io, agent, std::move(settings), std::move(handlers))) {
  impl_->start();
}
RelayConnector::~RelayConnector() {
  impl_->stop();
}
void RelayConnector::on_event(const RelayReady& ready) {
  impl_->on_ready(ready);
}
void RelayConnector::on_event(const RelayFailed& failed) {
  impl_->on_failed(failed);
}
bool RelayConnector::check() {
  return impl_->check();
}
void RelayConnector::permit(const SocketAddress& peer) {
  impl_->permit(peer);
}
void RelayConnector::bind_channel(const SocketAddress& peer) {
  impl_->bind_channel(peer);
}
void RelayConnector::forget(const SocketAddress& peer) {
  impl_->forget(peer);
}

MakeRelayAllocation relay_connectors(boost::asio::io_context& io, Agent& agent) {
  return [&io, &agent](auto settings, auto handlers) {
    return std::make_unique<RelayConnector>(io, agent, std::move(settings), std::move(handlers));
  };
}

}  // namespace pixelpass::traversal
