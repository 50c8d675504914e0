#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_set>

namespace pixelpass::tunnel {

/// A viewer's first destination connection id: nonce(8) || HMAC-SHA256(secret, nonce)(10). The nonce is a
/// coarse time (u32, minutes since 1970, big-endian) and four random bytes. 18 bytes are within the 20 of RFC
/// 9000, 17.2.
inline constexpr std::size_t kKnockNonceBytes = 8;
inline constexpr std::size_t kKnockTagBytes = 10;
inline constexpr std::size_t kKnockBytes = kKnockNonceBytes + kKnockTagBytes;
using Knock = std::array<std::uint8_t, kKnockBytes>;

/// HMAC-SHA256 with the key's block already absorbed: a check takes two compressions instead of four, and no
/// look-up of algorithms. Not copyable. Thread: the owner's.
class KnockKey {
 public:
  explicit KnockKey(const Secret& secret);
  ~KnockKey();
  KnockKey(KnockKey&&) noexcept;
  KnockKey& operator=(KnockKey&&) = delete;

  [[nodiscard]] Knock make(UnixTime now, const Random& random) const;
  /// Whether the tag matches the nonce. Constant time in the tag.
  [[nodiscard]] bool verify(ByteView knock) const;

 private:
  struct State;
  std::array<std::uint8_t, kKnockTagBytes> tag(ByteView nonce) const;
  std::unique_ptr<State> state_;
};

/// Checks knocks on the host's side: each lets one connection in, once. A datagram that came with a knock may
/// turn out damaged or forged, so a knock is used up only by use(). The time in a knock only makes knocks
/// differ, and is not checked: friends' clocks are wrong by hours (a time zone set as UTC) or decades (a dead
/// battery). A knock that was copied, forgotten here and sent again gets an answer to its handshake, which is
/// worth nothing without the proof.
class KnockGate {
 public:
  /// The most used knocks that are remembered; the oldest are forgotten.
  static constexpr std::size_t kRemembered = 4096;

  explicit KnockGate(const Secret& secret) : key_(secret) {}

  /// Whether a knock is good: made with the secret, and not used.
  [[nodiscard]] bool is_good(ByteView knock) const;
  /// Marks a knock as used: it came with a datagram that decrypts.
  void use(ByteView knock);

 private:
  KnockKey key_;
  std::unordered_set<std::uint64_t> seen_;
  std::deque<std::uint64_t> order_;
};

/// The proof that a viewer gives after the handshake: HMAC-SHA256(secret, label || session || exporter). A
/// knock can be copied from the wire, this cannot.
std::array<std::uint8_t, 32> make_proof(const Secret& secret, ByteView session, ByteView exporter);
bool proof_equals(ByteView a, ByteView b);

}  // namespace pixelpass::tunnel
