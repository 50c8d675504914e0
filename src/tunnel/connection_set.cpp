#include "tunnel/connection_set.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace pixelpass::tunnel {
namespace {

// RFC 8999: the first bit of a datagram tells a long header, whose connection ids carry their lengths.
constexpr std::uint8_t kLongHeader = 0x80;

}  // namespace

Instant from_quic_time(ngtcp2_tstamp time) {
  if (time > static_cast<ngtcp2_tstamp>(Instant::max().time_since_epoch().count())) return Instant::max();
  return Instant(Duration(static_cast<Duration::rep>(time)));
}

ngtcp2_path to_quic_path(const net::Path& path) {
  // ngtcp2 copies what it keeps; its struct has no const.
  const auto address = [](const SocketAddress& a) {
    return ngtcp2_addr{const_cast<sockaddr*>(a.get()), static_cast<ngtcp2_socklen>(a.size())};
  };
  return {address(path.local), address(path.remote), nullptr};
}

net::Path from_quic_path(const ngtcp2_path& path) {
  return {SocketAddress(path.local.addr, path.local.addrlen),
          SocketAddress(path.remote.addr, path.remote.addrlen)};
}

std::size_t ConnectionIds::Hash::operator()(const Key& key) const {
  // The ids are random, and a knock begins with its random nonce: their first bytes are the hash.
  std::size_t hash = 0;
  std::memcpy(&hash, key.bytes.data(), sizeof hash);
  return hash;
}

ConnectionIds::Key ConnectionIds::key_of(ByteView id) {
  Key key;
  key.size = static_cast<std::uint8_t>(std::min(id.size(), key.bytes.size()));
  std::copy_n(id.begin(), key.size, key.bytes.begin());
  return key;
}

void ConnectionIds::add(const ngtcp2_cid& id, Connection& connection) {
  connections_.insert_or_assign(key_of({id.data, id.datalen}), &connection);
}

void ConnectionIds::remove(const ngtcp2_cid& id) {
  connections_.erase(key_of({id.data, id.datalen}));
}

void ConnectionIds::remove_all(const Connection& connection) {
  std::erase_if(connections_, [&](const auto& entry) { return entry.second == &connection; });
}

Connection* ConnectionIds::find(ByteView id) const {
  const auto found = connections_.find(key_of(id));
  return found == connections_.end() ? nullptr : found->second;
}

void Outbox::put(const ngtcp2_path& path, std::size_t bytes, std::size_t segment, net::Ecn ecn) {
  assert(bytes_ == 0);
  path_ = from_quic_path(path);
  bytes_ = bytes;
  segment_ = segment;
  ecn_ = ecn;
}

bool Outbox::drain(net::DatagramSink& sink) {
  if (bytes_ > 0 && !sink.send(path_, ByteView(buffer_).first(bytes_), segment_, ecn_)) return false;
  bytes_ = 0;
  return true;
}

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
