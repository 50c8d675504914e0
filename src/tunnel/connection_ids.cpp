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

void ConnectionIds::remove(const ngtcp2_cid& id) {
  connections_.erase(key_of({id.data, id.datalen}));
}

void ConnectionIds::remove_all(const Connection& connection) {
  erase_if(connections_, [&](const auto& entry) { return entry.second == &connection; });
}

Connection* ConnectionIds::find(ByteView id) const {
  const auto found = connections_.find(key_of(id));
  return found == connections_.end() ? nullptr : found->second;
}

}  // namespace pixelpass::tunnel
