#include "pixelpass/traversal/stun_crypto.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "traversal/stun_wire.hpp"

#include <algorithm>
#include <cassert>

namespace pixelpass::traversal {
namespace {

/// The class's two bits stand among the method's twelve (RFC 8489 figure 3).
std::uint16_t message_type(StunClass cls, StunMethod method) {
  const auto c = static_cast<unsigned>(cls);
  const auto m = static_cast<unsigned>(method);
  return static_cast<std::uint16_t>((m & 0x00fU) | (m & 0x070U) << 1U | (m & 0xf80U) << 2U | (c & 1U) << 4U |
                                    (c & 2U) << 7U);
}

Bytes address_value(const SocketAddress& address) {
  Bytes value{0, address.is_v6() ? kFamilyV6 : kFamilyV4};
  append_u16(value, address.port());
  value.insert(value.end(), address.bytes().begin(), address.bytes().end());
  return value;
}

}  // namespace

TransactionId make_transaction_id(const Random& random) {
  TransactionId id;
  random(id);
  return id;
}

StunWriter::StunWriter(StunClass cls, StunMethod method, const TransactionId& id) {
  bytes_.reserve(128);
  append_u16(bytes_, message_type(cls, method));
  append_u16(bytes_, 0);
  append_u32(bytes_, kMagicCookie);
  bytes_.insert(bytes_.end(), id.begin(), id.end());
}

void StunWriter::set_length(std::size_t still_to_come) {
  const auto length = bytes_.size() + still_to_come - kStunHeaderBytes;
  assert(length <= 0xffff);
  write_u16(bytes_, 2, static_cast<std::uint16_t>(length));
}

StunWriter& StunWriter::add(StunAttribute type, ByteView value) {
  append_u16(bytes_, static_cast<std::uint16_t>(type));
  append_u16(bytes_, static_cast<std::uint16_t>(value.size()));
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  bytes_.resize(padded(bytes_.size()));
  set_length(0);
  return *this;
}

StunWriter& StunWriter::add_u32(StunAttribute type, std::uint32_t value) {
  Bytes bytes;
  append_u32(bytes, value);
  return add(type, bytes);
}

StunWriter& StunWriter::add_u64(StunAttribute type, std::uint64_t value) {
  Bytes bytes;
  append_u32(bytes, static_cast<std::uint32_t>(value >> 32U));
  append_u32(bytes, static_cast<std::uint32_t>(value));
  return add(type, bytes);
}

StunWriter& StunWriter::add_address(StunAttribute type, const SocketAddress& address) {
  return add(type, address_value(address));
}

StunWriter& StunWriter::add_xor_address(StunAttribute type, const SocketAddress& address) {
  auto value = address_value(address);
  // The port is hidden by the cookie's first half, the address by the cookie and the transaction id.
  for (std::size_t i = 2; i < 4; ++i) value[i] ^= bytes_[kCookieAt + i - 2];
  for (std::size_t i = 4; i < value.size(); ++i) value[i] ^= bytes_[kCookieAt + i - 4];
  return add(type, value);
}

StunWriter& StunWriter::add_error(int code, std::string_view reason) {
  assert(code >= 300 && code < 700);
  Bytes value{0, 0, static_cast<std::uint8_t>(code / 100), static_cast<std::uint8_t>(code % 100)};
  value.insert(value.end(), reason.begin(), reason.end());
  return add(StunAttribute::kErrorCode, value);
}

StunWriter& StunWriter::add_unknown_attributes(const std::vector<std::uint16_t>& types) {
  Bytes value;
  for (const auto type : types) append_u16(value, type);
  return add(StunAttribute::kUnknownAttributes, value);
}

StunWriter& StunWriter::add_address_family(bool v6) {
  const std::uint8_t value[4] = {v6 ? kFamilyV6 : kFamilyV4, 0, 0, 0};
  return add(StunAttribute::kRequestedAddressFamily, value);
}

StunWriter& StunWriter::sign_sha1(ByteView key) {
  set_length(kAttributeHeaderBytes + sizeof(Sha1Tag));
  return add(StunAttribute::kMessageIntegrity, hmac_sha1(key, bytes_));
}

StunWriter& StunWriter::sign_sha256(ByteView key) {
  set_length(kAttributeHeaderBytes + sizeof(Sha256Tag));
  return add(StunAttribute::kMessageIntegritySha256, hmac_sha256(key, bytes_));
}

StunWriter& StunWriter::add_fingerprint() {
  set_length(kAttributeHeaderBytes + sizeof(std::uint32_t));
  return add_u32(StunAttribute::kFingerprint, crc32(bytes_) ^ kFingerprintXor);
}

}  // namespace pixelpass::traversal
