#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::traversal {

/// STUN (RFC 8489), with what TURN (RFC 8656) and ICE (RFC 8445) add to it. Sans-IO. Any thread.

using TransactionId = std::array<std::uint8_t, 12>;
TransactionId make_transaction_id(const Random& random);

enum class StunClass : std::uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

/// Twelve bits; a message that was read may have any.
enum class StunMethod : std::uint16_t {
  kBinding = 0x001,
  kAllocate = 0x003,
  kRefresh = 0x004,
  kSend = 0x006,
  kData = 0x007,
  kCreatePermission = 0x008,
  kChannelBind = 0x009,
};

/// Below 0x8000: who does not know it must not go on (RFC 8489 section 14).
enum class StunAttribute : std::uint16_t {
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000a,
  kChannelNumber = 0x000c,
  kLifetime = 0x000d,
  kXorPeerAddress = 0x0012,
  kData = 0x0013,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kXorRelayedAddress = 0x0016,
  kRequestedAddressFamily = 0x0017,
  kEvenPort = 0x0018,
  kRequestedTransport = 0x0019,
  kDontFragment = 0x001a,
  kMessageIntegritySha256 = 0x001c,
  kPasswordAlgorithm = 0x001d,
  kUserhash = 0x001e,
  kXorMappedAddress = 0x0020,
  kReservationToken = 0x0022,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kPasswordAlgorithms = 0x8002,
  kAlternateDomain = 0x8003,
  kSoftware = 0x8022,
  kAlternateServer = 0x8023,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802a,
};

inline constexpr std::size_t kStunHeaderBytes = 20;

/// Whether a datagram is a STUN message by its looks: the first two bits, the magic cookie, its exact length.
bool is_stun(ByteView datagram);

/// What a long-term password is hashed with (RFC 8489 section 18.5); the value is its number in messages.
enum class PasswordAlgorithm : std::uint16_t { kMd5 = 1, kSha256 = 2 };
/// The key that long-term credentials sign with. Names and passwords are taken as they are, without
/// the OpaqueString profile (RFC 8265): servers compare bytes.
Bytes long_term_key(PasswordAlgorithm algorithm, std::string_view username, std::string_view realm,
                    std::string_view password);

/// USERHASH (RFC 8489 section 14.4): SHA-256 of "username:realm".
Bytes userhash(std::string_view username, std::string_view realm);

/// Writes one message: attributes in the order of the calls, at most 64 KiB of them, integrity and
/// fingerprint behind all others. Short-term credentials sign with the password's own bytes.
class StunWriter {
 public:
  StunWriter(StunClass cls, StunMethod method, const TransactionId& id);

  StunWriter& add(StunAttribute type, ByteView value = {});
  StunWriter& add_u32(StunAttribute type, std::uint32_t value);
  StunWriter& add_u64(StunAttribute type, std::uint64_t value);
  StunWriter& add_text(StunAttribute type, std::string_view text) { return add(type, as_bytes(text)); }
  /// As it is in MAPPED-ADDRESS, ALTERNATE-SERVER.
  StunWriter& add_address(StunAttribute type, const SocketAddress& address);
  /// Hidden from NATs that rewrite addresses, as in XOR-MAPPED-ADDRESS.
  StunWriter& add_xor_address(StunAttribute type, const SocketAddress& address);
  /// `code`: 300 to 699.
  StunWriter& add_error(int code, std::string_view reason);
  StunWriter& add_unknown_attributes(const std::vector<std::uint16_t>& types);
  /// REQUESTED-ADDRESS-FAMILY of RFC 8656.
  StunWriter& add_address_family(bool v6);

  StunWriter& sign_sha1(ByteView key);    ///< MESSAGE-INTEGRITY
  StunWriter& sign_sha256(ByteView key);  ///< MESSAGE-INTEGRITY-SHA256
  StunWriter& add_fingerprint();

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  Bytes take() { return std::move(bytes_); }

 private:
  void set_length(std::size_t still_to_come);

  Bytes bytes_;
};

/// A view of one message, whose bytes outlive it. What stands behind an integrity is not seen, but another
/// integrity and the fingerprint: nobody vouches for it (RFC 8489 section 14.5). Of two attributes of a type
/// the first counts. Never throws on bytes from outside.
class StunMessage {
 public:
  /// Nullopt: no STUN message, or one whose attributes do not fit it.
  static std::optional<StunMessage> parse(ByteView bytes);

  [[nodiscard]] StunClass cls() const;
  [[nodiscard]] StunMethod method() const;
  [[nodiscard]] TransactionId id() const;

  [[nodiscard]] std::optional<ByteView> find(StunAttribute type) const;
  [[nodiscard]] bool has(StunAttribute type) const { return find(type).has_value(); }
  [[nodiscard]] std::optional<std::uint32_t> u32(StunAttribute type) const;
  [[nodiscard]] std::optional<std::uint64_t> u64(StunAttribute type) const;
  /// Empty when it is not there; as it came, so clean it before it is shown.
  [[nodiscard]] std::string_view text(StunAttribute type) const;
  [[nodiscard]] std::optional<SocketAddress> address(StunAttribute type) const;
  [[nodiscard]] std::optional<SocketAddress> xor_address(StunAttribute type) const;
  /// XOR-MAPPED-ADDRESS, or what old servers answer with: MAPPED-ADDRESS.
  [[nodiscard]] std::optional<SocketAddress> mapped_address() const;
  /// 300 to 699.
  [[nodiscard]] std::optional<int> error_code() const;
  /// One short line that can be shown.
  [[nodiscard]] std::string error_reason() const;

  /// Whether it carries an integrity at all, and the better one.
  [[nodiscard]] bool is_signed() const { return sha1_at_ != 0 || sha256_at_ != 0; }
  [[nodiscard]] bool is_signed_sha256() const { return sha256_at_ != 0; }
  /// Whether its integrity is this key's; the better one where there are both. False without any.
  [[nodiscard]] bool is_signed_with(ByteView key) const;
  [[nodiscard]] bool has_fingerprint() const { return fingerprint_at_ != 0; }
  /// False without one.
  [[nodiscard]] bool has_good_fingerprint() const;

  /// Attributes that must be known and are not in our list: the answer is a 420. At most 16 of them.
  [[nodiscard]] std::vector<std::uint16_t> unknown_required() const;

 private:
  explicit StunMessage(ByteView bytes) : bytes_(bytes) {}
  bool read_attributes();
  bool read_attribute(std::uint16_t type, std::size_t at, std::size_t length, bool is_last);
  [[nodiscard]] std::optional<SocketAddress> any_address(StunAttribute type, bool is_hidden) const;

  ByteView bytes_;
  std::size_t seen_end_ = 0;  ///< attributes from here on are not seen
  // Where their headers are; 0: not there.
  std::size_t sha1_at_ = 0;
  std::size_t sha256_at_ = 0;
  std::size_t fingerprint_at_ = 0;
};

}  // namespace pixelpass::traversal
