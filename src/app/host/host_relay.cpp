#include "app/host/host_relay.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

RelayTransport transport_of(const traversal::RelayServer& server) {
  using traversal::TurnTransport;
  if (server.transport == TurnTransport::kTls) return RelayTransport::kTls;
  if (!server.transport_named) return RelayTransport::kAny;
  return server.transport == TurnTransport::kTcp ? RelayTransport::kTcp : RelayTransport::kUdp;
}

}  // namespace

HostRelay::HostRelay(std::unique_ptr<Alarm> alarm, traversal::MakeRelayAllocation make, Settings settings,
                     Handlers handlers)
    : alarm_(std::move(alarm)),
      make_(std::move(make)),
      settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      complained_(settings_.servers.size()) {
  connect();
}

UnixTime HostRelay::friends_until() const {
  return settings_.expires_at.value_or(settings_.wall_clock() + kLongest);
}

void HostRelay::connect() {
  const auto& server = settings_.servers[current_];
  allocation_ =
      make_({.server = server, .credentials = server.credentials(settings_.run, friends_until() + kLongest)},
            {.on_ready = [this](const auto& ready) { on_ready(ready); },
             .on_failed = [this](const auto& why) { on_failed(why); },
             .wake = handlers_.wake});
}

void HostRelay::on_ready(const traversal::RelayAllocation::Ready& ready) {
  complained_.assign(complained_.size(), false);
  ready_ = ready;
  ready_at_ = alarm_->now();
  in_doubt_ = false;
  // The viewer allocates on the same server, so its relayed address is at this host, or is given back.
  allocation_->permit(ready.relayed.whole_host());
  if (!traversal::is_stream(ready.transport)) handlers_.on_outer(ready.server, ready.mapped);
  tell(ready);
  handlers_.wake();
}

void HostRelay::tell(const traversal::RelayAllocation::Ready& ready) {
  const auto& server = settings_.servers[current_];
  const auto friends = server.credentials(settings_.run, friends_until());
  SocketAddress address = ready.server;
  address.set_port(server.port);
  handlers_.on_change(Relay{.server = address,
                            .relayed = ready.relayed,
                            .permitted = {ready.relayed.whole_host()},
                            .username = friends.username,
                            .password = friends.password,
                            .transport = transport_of(server),
                            .name = SocketAddress::parse(server.host) ? std::string() : server.host});
  tell_again_in_time();
}

/// Makes new credentials early for a ticket without an end, which outlives them: well before those in use
/// expire.
void HostRelay::tell_again_in_time() {
  if (settings_.expires_at || settings_.servers[current_].shared_secret.empty()) return alarm_->cancel();
  alarm_->set(kLongest / 2, [this] { tell(*ready_); });
}

void HostRelay::renew_credentials(std::optional<UnixTime> expires_at, std::string run) {
  settings_.expires_at = expires_at;
  settings_.run = std::move(run);
  if (ready_) tell(*ready_);
}

void HostRelay::on_failed(const Error& why) {
  const bool has_worked = std::exchange(ready_, std::nullopt) && alarm_->now() - ready_at_ >= kPause;
  in_doubt_ = has_worked;
  if (has_worked) return restart_at(current_);
  if (!complained_[current_]) handlers_.on_error(why);
  complained_[current_] = true;
  handlers_.on_change(std::nullopt);
  current_ = (current_ + 1) % settings_.servers.size();
  alarm_->set(current_ == 0 ? kPause : Duration(0), [this] { connect(); });
}

void HostRelay::look() {
  if (!ready_ || !allocation_->check()) restart();
}

void HostRelay::restart() {
  if (std::exchange(ready_, std::nullopt)) in_doubt_ = true;
  restart_at(0);
}

void HostRelay::restart_at(std::size_t server) {
  current_ = server;
  alarm_->cancel();
  connect();
}

void HostRelay::permit(const SocketAddress& peer) {
  // An address of the other family would be refused.
  if (ready_ && peer.is_v6() == ready_->relayed.is_v6()) allocation_->permit(peer.whole_host());
}

void HostRelay::forget(const SocketAddress& peer) {
  if (ready_) allocation_->forget(peer.whole_host());
}

}  // namespace pixelpass::app
