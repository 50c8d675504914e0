#include "tunnel/connection_set.hpp"

#include <ngtcp2/ngtcp2.h>

#include <cassert>
#include <iterator>
#include <utility>

namespace pixelpass::tunnel {
namespace {

// RFC 8999: the first bit of a datagram marks a long header, in which connection ids are preceded by their
// lengths.
constexpr std::uint8_t kLongHeader = 0x80;

}  // namespace

Connection& ConnectionSet::add(std::unique_ptr<Connection> connection) {
  auto& added = *connection;
  auto& member = members_.emplace_back();
  member.connection = std::move(connection);
  member.at = std::prev(members_.end());
  member.number = ++last_number_;
  added.place = &member;
  touch(member);
  return added;
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
  assert(connection.place != nullptr);
  touch(*connection.place);
}

void ConnectionSet::touch(Member& member) {
  note(member);
  if (!std::exchange(member.touched, true)) touched_.push_back(&member);
}

void ConnectionSet::note(Member& member) {
  const auto& connection = *member.connection;
  if (connection.is_closed() && !connection.is_gone())
    lingering_.emplace(member.number, &member);
  else
    lingering_.erase(member.number);
  const auto at = connection.next_timeout();
  if (at == Instant::max())
    deadlines_.remove(member);
  else
    deadlines_.set(member, at);
}

void ConnectionSet::on_timeout(Instant now) {
  for (auto* member : deadlines_.take_due(now)) {
    member->connection->on_timeout(now);
    touch(*member);
  }
}

bool ConnectionSet::flush(net::DatagramSink& sink, Instant now) {
  if (!outbox_.drain(sink)) return false;
  while (!touched_.empty()) {
    auto& member = *touched_.front();
    const bool done = member.connection->flush(outbox_, sink, now);
    note(member);
    if (!done) return false;
    member.touched = false;
    touched_.pop_front();
    if (member.connection->is_gone()) destroy(member);
  }
  return true;
}

void ConnectionSet::destroy(Member& member) {
  deadlines_.remove(member);
  lingering_.erase(member.number);
  members_.erase(member.at);
}

void ConnectionSet::limit_closing(std::size_t most) {
  while (lingering_.size() > most) {
    auto& oldest = *lingering_.begin()->second;
    oldest.connection->stop_closing();
    touch(oldest);  // which lingers no more
  }
}

}  // namespace pixelpass::tunnel
