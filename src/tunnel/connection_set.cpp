#include "tunnel/connection_set.hpp"

#include <ngtcp2/ngtcp2.h>

#include <algorithm>

namespace pixelpass::tunnel {
namespace {

// RFC 8999: the first bit of a datagram tells a long header, whose connection ids carry their lengths.
constexpr std::uint8_t kLongHeader = 0x80;

}  // namespace

Connection& ConnectionSet::add(std::unique_ptr<Connection> connection) {
  connections_.push_back(std::move(connection));
  touch(*connections_.back());
  return *connections_.back();
}

Connection* ConnectionSet::route(ByteView datagram, ByteView& destination) const {
  destination = {};
  if (datagram.empty()) return nullptr;
  if ((datagram[0] & kLongHeader) == 0) {
    if (datagram.size() < 1 + kConnectionIdBytes) return nullptr;
    destination = datagram.subspan(1, kConnectionIdBytes);
    return ids_.find(destination);
  }
  ngtcp2_version_cid ids;
  if (ngtcp2_pkt_decode_version_cid(&ids, datagram.data(), datagram.size(), kConnectionIdBytes) != 0)
    return nullptr;
  destination = {ids.dcid, ids.dcidlen};
  return ids_.find(destination);
}

void ConnectionSet::touch(Connection& connection) {
  if (std::ranges::find(touched_, &connection) == touched_.end()) touched_.push_back(&connection);
}

void ConnectionSet::touch_all() {
  touched_.clear();
  for (const auto& connection : connections_) touched_.push_back(connection.get());
}

void ConnectionSet::on_timeout(Instant now) {
  for (const auto& connection : connections_) {
    if (connection->next_timeout() > now) continue;
    connection->on_timeout(now);
    touch(*connection);
  }
}

std::optional<Instant> ConnectionSet::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& connection : connections_)
    if (!next || connection->next_timeout() < *next) next = connection->next_timeout();
  return next == Instant::max() ? std::nullopt : next;
}

bool ConnectionSet::flush(net::DatagramSink& sink, Instant now) {
  if (!outbox_.drain(sink)) return false;
  while (!touched_.empty()) {
    if (!touched_.front()->flush(outbox_, sink, now)) return false;
    touched_.pop_front();
  }
  reap();
  return true;
}

void ConnectionSet::limit_closing(std::size_t most) {
  const auto lingers = [](const auto& connection) {
    return connection->is_closed() && !connection->is_gone();
  };
  auto closing = static_cast<std::size_t>(std::ranges::count_if(connections_, lingers));
  for (const auto& connection : connections_) {
    if (closing <= most) return;
    if (!lingers(connection)) continue;
    connection->stop_closing();
    touch(*connection);
    --closing;
  }
}

void ConnectionSet::reap() {
  std::erase_if(connections_, [](const auto& connection) { return connection->is_gone(); });
}

}  // namespace pixelpass::tunnel
