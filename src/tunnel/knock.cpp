// The low-level SHA-256 is deprecated for its lack of providers, not of safety. It is the only one whose
// state can be copied for free, and this runs for each packet of a flood: 110 ns against 900 with HMAC().
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tunnel/knock.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace pixelpass::tunnel {
namespace {

constexpr std::size_t kBlockBytes = 64;   // SHA-256's, FIPS 180-4
constexpr std::uint8_t kInnerPad = 0x36;  // RFC 2104
constexpr std::uint8_t kOuterPad = 0x5c;
constexpr std::string_view kProofLabel = "pixelpass viewer proof 1";

std::uint32_t coarse_time(UnixTime now) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count());
}

std::uint64_t nonce_of(ByteView knock) {
  std::uint64_t nonce = 0;
  std::memcpy(&nonce, knock.data(), sizeof nonce);
  return nonce;
}

/// Adds `data` to the hash. The low-level functions fail only with broken providers and modules; a tag made
/// of uninitialised memory would be worse than none.
void hash(SHA256_CTX& state, ByteView data) {
  if (SHA256_Update(&state, data.data(), data.size()) != 1) throw std::bad_alloc();
}

}  // namespace

struct KnockKey::State {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

KnockKey::KnockKey(const Secret& secret) : state_(std::make_unique<State>()) {
  std::array<std::uint8_t, kBlockBytes> block{};
  const auto absorb = [&](SHA256_CTX& state, std::uint8_t pad) {
    block.fill(pad);
    for (std::size_t i = 0; i < secret.size(); ++i) block[i] = secret[i] ^ pad;
    if (SHA256_Init(&state) != 1) throw std::bad_alloc();
    hash(state, block);
  };
  absorb(state_->inner, kInnerPad);
  absorb(state_->outer, kOuterPad);
  OPENSSL_cleanse(block.data(), block.size());
}

KnockKey::~KnockKey() {
  if (state_) OPENSSL_cleanse(state_.get(), sizeof(State));
}

KnockKey::KnockKey(KnockKey&&) noexcept = default;

std::array<std::uint8_t, kKnockTagBytes> KnockKey::tag(ByteView nonce) const {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256_CTX state = state_->inner;
  hash(state, nonce);
  if (SHA256_Final(digest.data(), &state) != 1) throw std::bad_alloc();
  state = state_->outer;
  hash(state, digest);
  if (SHA256_Final(digest.data(), &state) != 1) throw std::bad_alloc();
  std::array<std::uint8_t, kKnockTagBytes> out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

Knock KnockKey::make(UnixTime now, const Random& random) const {
  Knock knock{};
  const auto time = coarse_time(now);
  for (std::size_t i = 0; i < 4; ++i) knock[i] = static_cast<std::uint8_t>(time >> (24 - 8 * i));
  random(std::span(knock).subspan(4, kKnockNonceBytes - 4));
  std::ranges::copy(tag(ByteView(knock).first(kKnockNonceBytes)), knock.begin() + kKnockNonceBytes);
  return knock;
}

bool KnockKey::verify(ByteView knock) const {
  if (knock.size() != kKnockBytes) return false;
  const auto expected = tag(knock.first(kKnockNonceBytes));
  return CRYPTO_memcmp(expected.data(), knock.data() + kKnockNonceBytes, expected.size()) == 0;
}

bool KnockGate::is_good(ByteView knock) const {
  return key_.verify(knock) && !seen_.contains(nonce_of(knock));
}

void KnockGate::use(ByteView knock) {
  const auto nonce = nonce_of(knock);
  if (!seen_.insert(nonce).second) return;
  order_.push_back(nonce);
  if (order_.size() > kRemembered) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
}

std::array<std::uint8_t, 32> make_proof(const Secret& secret, ByteView session, ByteView exporter) {
  Bytes message(kProofLabel.begin(), kProofLabel.end());
  message.insert(message.end(), session.begin(), session.end());
  message.insert(message.end(), exporter.begin(), exporter.end());
  std::array<std::uint8_t, 32> proof{};
  unsigned length = 0;
  // A proof of zeros could be made by anybody.
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), message.data(), message.size(),
           proof.data(), &length) == nullptr ||
      length != proof.size())
    throw std::bad_alloc();
  return proof;
}

bool proof_equals(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pixelpass::tunnel
