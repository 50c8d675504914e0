#include "app/view/view_relay.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

traversal::RelayServer server_of(const Relay& relay) {
  using traversal::TurnTransport;
  traversal::RelayServer server;
  server.transport_named = relay.transport != RelayTransport::kAny;
  if (relay.transport == RelayTransport::kTcp) server.transport = TurnTransport::kTcp;
  if (relay.transport == RelayTransport::kTls) server.transport = TurnTransport::kTls;
  SocketAddress address = relay.server;
  server.port = address.port();
  address.set_port(0);
  server.host = relay.name;
  if (server.host.empty()) {
    server.host = address.to_string();
    server.host = server.host.substr(0, server.host.rfind(':'));
    std::erase_if(server.host, [](char c) { return c == '[' || c == ']'; });
  }
  return server;
}

}  // namespace

ViewRelay::ViewRelay(std::unique_ptr<Alarm> alarm, traversal::MakeRelayAllocation make, Relay relay,
                     Handlers handlers)
    : alarm_(std::move(alarm)),
      make_(std::move(make)),
      relay_(std::move(relay)),
      handlers_(std::move(handlers)) {
  connect();
}

net::Path ViewRelay::path_from(const SocketAddress& relayed) const {
  return {relayed, relay_.relayed, net::Via::kOwnRelay};
}

void ViewRelay::connect() {
  drop();
  allocation_ = make_({.server = server_of(relay_),
                       .credentials = {relay_.username, relay_.password},
                       .address = relay_.server,
                       .want_v6 = relay_.relayed.is_v6()},
                      {.on_ready = [this](const auto& ready) { on_ready(ready); },
                       .on_failed = [this](const Error& why) { on_failed(why); },
                       .wake = handlers_.wake});
}

void ViewRelay::connect_after(Duration pause) {
  alarm_->set(pause, [this] { connect(); });
}

void ViewRelay::drop() {
  if (const auto ready = std::exchange(ready_, std::nullopt))
    handlers_.on_path_lost(path_from(ready->relayed));
}

void ViewRelay::on_failed(const Error& why) {
  const bool has_worked = ready_ && alarm_->now() - ready_at_ >= kPause;
  drop();
  handlers_.on_tried(why);
  if (has_worked) backoff_.on_worked();
  const auto pause = backoff_.on_failed();
  connect_after(has_worked ? Duration(0) : pause);
  handlers_.wake();
}

void ViewRelay::on_ready(const traversal::RelayAllocation::Ready& ready) {
  const auto is_ours = [&](const SocketAddress& one) {
    return one.whole_host() == ready.relayed.whole_host();
  };
  if (!std::ranges::any_of(relay_.permitted, is_ours) && ++allocations_ < kMaxAllocations)
    return connect_after(Duration(0));
  allocations_ = 0;
  ready_ = ready;
  ready_at_ = alarm_->now();
  handlers_.on_tried(std::nullopt);
  allocation_->bind_channel(relay_.relayed);
  if (!traversal::is_stream(ready.transport)) handlers_.on_outer(ready.server, ready.mapped);
  handlers_.wake();
}

/// Announces the path only now: the relay drops earlier datagrams, and a dial is not repeated before 300 ms.
void ViewRelay::on_event(const traversal::RelayPermitted& permitted) {
  if (!ready_ || ready_->relay != permitted.relay) return;
  handlers_.on_path(path_from(ready_->relayed));
  handlers_.wake();
}

/// The relay does not answer over this network any more: another way to it may work.
void ViewRelay::on_event(const traversal::RelaySilent& silent) {
  if (silent.is_silent && ready_ && ready_->relay == silent.relay) connect_after(Duration(0));
}

/// The changed network may be one that the relay's connection does not use, so a check comes first.
void ViewRelay::look() {
  if (!ready_ || !allocation_->check()) connect_after(Duration(0));
}

void ViewRelay::doubt() {
  if (ready_) look();
}

}  // namespace pixelpass::app
