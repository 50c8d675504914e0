#include "pixelpass/traversal/stun_message.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/traversal/stun_crypto.hpp"

#include "traversal/stun_wire.hpp"

#include <algorithm>

namespace pixelpass::traversal {
namespace {

constexpr std::size_t kMostUnknown = 16;
constexpr std::size_t kReasonBytes = 127;  // RFC 8489 section 14.8 allows as many characters

bool is_known(std::uint16_t type) {
  using A = StunAttribute;
  switch (static_cast<A>(type)) {
    case A::kMappedAddress:
    case A::kUsername:
    case A::kMessageIntegrity:
    case A::kErrorCode:
    case A::kUnknownAttributes:
    case A::kChannelNumber:
    case A::kLifetime:
    case A::kXorPeerAddress:
    case A::kData:
    case A::kRealm:
    case A::kNonce:
    case A::kXorRelayedAddress:
    case A::kRequestedAddressFamily:
    case A::kEvenPort:
    case A::kRequestedTransport:
    case A::kDontFragment:
    case A::kMessageIntegritySha256:
    case A::kPasswordAlgorithm:
    case A::kUserhash:
    case A::kXorMappedAddress:
    case A::kReservationToken:
    case A::kPriority:
    case A::kUseCandidate:
      return true;
    default:
      return type >= 0x8000;
  }
}

/// The message up to an attribute, with the length that its author had written until then.
Bytes as_signed(ByteView bytes, std::size_t at, std::size_t value_bytes) {
  Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  const auto length = at + kAttributeHeaderBytes + value_bytes - kStunHeaderBytes;
  write_u16(part, 2, static_cast<std::uint16_t>(length));
  return part;
}

ByteView value_at(ByteView bytes, std::size_t at) {
  return bytes.subspan(at + kAttributeHeaderBytes, read_u16(bytes, at + 2));
}

}  // namespace

bool is_stun(ByteView datagram) {
  return datagram.size() >= kStunHeaderBytes && datagram[0] < 0x40 &&
         read_u32(datagram, kCookieAt) == kMagicCookie && datagram.size() % 4 == 0 &&
         kStunHeaderBytes + read_u16(datagram, 2) == datagram.size();
}

std::optional<StunMessage> StunMessage::parse(ByteView bytes) {
  if (!is_stun(bytes)) return std::nullopt;
  StunMessage message(bytes);
  if (!message.read_attributes()) return std::nullopt;
  return message;
}

/// Each in turn; false when one does not fit, or stands where it must not.
bool StunMessage::read_attributes() {
  for (std::size_t at = kStunHeaderBytes; at < bytes_.size();) {
    // The message's length is a multiple of four, and so is each step: a header always fits.
    const std::size_t length = read_u16(bytes_, at + 2);
    const auto next = at + kAttributeHeaderBytes + padded(length);
    if (next > bytes_.size()) return false;
    if (!read_attribute(read_u16(bytes_, at), at, length, next == bytes_.size())) return false;
    at = next;
  }
  if (seen_end_ == 0) seen_end_ = bytes_.size();
  return true;
}

bool StunMessage::read_attribute(std::uint16_t type, std::size_t at, std::size_t length, bool is_last) {
  switch (static_cast<StunAttribute>(type)) {
    case StunAttribute::kMessageIntegrity:
      if (length != sizeof(Sha1Tag)) return false;
      if (!is_signed()) sha1_at_ = at;
      break;
    case StunAttribute::kMessageIntegritySha256:
      // A shortened one is for usages that say how short (section 14.6); ours do not.
      if (length != sizeof(Sha256Tag)) return false;
      if (sha256_at_ == 0) sha256_at_ = at;
      break;
    case StunAttribute::kFingerprint:
      if (length != sizeof(std::uint32_t) || !is_last) return false;
      fingerprint_at_ = at;
      break;
    default:
      return true;
  }
  if (seen_end_ == 0) seen_end_ = at;
  return true;
}

StunClass StunMessage::cls() const {
  const unsigned type = read_u16(bytes_, 0);
  return static_cast<StunClass>((type >> 4U & 1U) | (type >> 7U & 2U));
}

StunMethod StunMessage::method() const {
  const unsigned type = read_u16(bytes_, 0);
  return static_cast<StunMethod>((type & 0x00fU) | (type >> 1U & 0x070U) | (type >> 2U & 0xf80U));
}

TransactionId StunMessage::id() const {
  TransactionId id;
  std::ranges::copy(bytes_.subspan(kTransactionAt, id.size()), id.begin());
  return id;
}

std::optional<ByteView> StunMessage::find(StunAttribute type) const {
  for (std::size_t at = kStunHeaderBytes; at < seen_end_;) {
    const auto value = value_at(bytes_, at);
    if (read_u16(bytes_, at) == static_cast<std::uint16_t>(type)) return value;
    at += kAttributeHeaderBytes + padded(value.size());
  }
  return std::nullopt;
}

std::optional<std::uint32_t> StunMessage::u32(StunAttribute type) const {
  const auto value = find(type);
  if (!value || value->size() != 4) return std::nullopt;
  return read_u32(*value, 0);
}

std::optional<std::uint64_t> StunMessage::u64(StunAttribute type) const {
  const auto value = find(type);
  if (!value || value->size() != 8) return std::nullopt;
  return std::uint64_t{read_u32(*value, 0)} << 32U | read_u32(*value, 4);
}

std::string_view StunMessage::text(StunAttribute type) const {
  const auto value = find(type);
  return value ? as_text(*value) : std::string_view{};
}

std::optional<SocketAddress> StunMessage::any_address(StunAttribute type, bool is_hidden) const {
  const auto value = find(type);
  if (!value || value->size() < 4) return std::nullopt;
  const std::size_t wanted = (*value)[1] == kFamilyV4 ? 4 : (*value)[1] == kFamilyV6 ? 16 : 0;
  if (wanted == 0 || value->size() != 4 + wanted) return std::nullopt;
  std::array<std::uint8_t, 16> raw{};
  for (std::size_t i = 0; i < wanted; ++i)
    raw[i] = (*value)[4 + i] ^ (is_hidden ? bytes_[kCookieAt + i] : std::uint8_t{0});
  const std::uint16_t hidden_by = is_hidden ? read_u16(bytes_, kCookieAt) : std::uint16_t{0};
  return SocketAddress(ByteView(raw).first(wanted),
                       static_cast<std::uint16_t>(read_u16(*value, 2) ^ hidden_by));
}

std::optional<SocketAddress> StunMessage::address(StunAttribute type) const {
  return any_address(type, false);
}

std::optional<SocketAddress> StunMessage::xor_address(StunAttribute type) const {
  return any_address(type, true);
}

std::optional<SocketAddress> StunMessage::mapped_address() const {
  const auto hidden = xor_address(StunAttribute::kXorMappedAddress);
  return hidden ? hidden : address(StunAttribute::kMappedAddress);
}

std::optional<int> StunMessage::error_code() const {
  const auto value = find(StunAttribute::kErrorCode);
  if (!value || value->size() < 4) return std::nullopt;
  const int hundreds = (*value)[2] & 7;
  const int rest = (*value)[3];
  if (hundreds < 3 || hundreds > 6 || rest > 99) return std::nullopt;
  return hundreds * 100 + rest;
}

std::string StunMessage::error_reason() const {
  const auto value = find(StunAttribute::kErrorCode);
  if (!value || value->size() < 4) return {};
  return clean_text(as_text(value->subspan(4)), kReasonBytes);
}

bool StunMessage::is_signed_with(ByteView key) const {
  if (sha256_at_ != 0)
    return equals_secretly(value_at(bytes_, sha256_at_),
                           hmac_sha256(key, as_signed(bytes_, sha256_at_, sizeof(Sha256Tag))));
  if (sha1_at_ != 0)
    return equals_secretly(value_at(bytes_, sha1_at_),
                           hmac_sha1(key, as_signed(bytes_, sha1_at_, sizeof(Sha1Tag))));
  return false;
}

bool StunMessage::has_good_fingerprint() const {
  if (fingerprint_at_ == 0) return false;
  const auto expected = crc32(as_signed(bytes_, fingerprint_at_, sizeof(std::uint32_t))) ^ kFingerprintXor;
  return read_u32(value_at(bytes_, fingerprint_at_), 0) == expected;
}

std::vector<std::uint16_t> StunMessage::unknown_required() const {
  std::vector<std::uint16_t> unknown;
  for (std::size_t at = kStunHeaderBytes; at < seen_end_ && unknown.size() < kMostUnknown;) {
    const auto type = read_u16(bytes_, at);
    if (!is_known(type)) unknown.push_back(type);
    at += kAttributeHeaderBytes + padded(value_at(bytes_, at).size());
  }
  return unknown;
}

}  // namespace pixelpass::traversal
