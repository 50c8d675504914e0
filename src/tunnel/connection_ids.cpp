#include "tunnel/connection_ids.hpp"

#include <algorithm>
#include <cstring>

namespace pixelpass::tunnel {

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

void ConnectionIds::remove(const ngtcp2_cid& id, const Connection& connection) {
  const auto found = connections_.find(key_of({id.data, id.datalen}));
  if (found != connections_.end() && found->second == &connection) connections_.erase(found);
}

Connection* ConnectionIds::find(ByteView id) const {
  const auto found = connections_.find(key_of(id));
  return found == connections_.end() ? nullptr : found->second;
}

OwnConnectionIds::~OwnConnectionIds() {
  for (const auto& id : ids_) all_.remove(id, owner_);
}

void OwnConnectionIds::add(const ngtcp2_cid& id) {
  all_.add(id, owner_);
  ids_.push_back(id);
}

void OwnConnectionIds::remove(const ngtcp2_cid& id) {
  all_.remove(id, owner_);
  std::erase_if(ids_, [&](const ngtcp2_cid& own) { return ngtcp2_cid_eq(&own, &id) != 0; });
}

}  // namespace pixelpass::tunnel
