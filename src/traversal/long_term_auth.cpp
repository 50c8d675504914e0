#include "traversal/long_term_auth.hpp"

#include "pixelpass/traversal/stun_crypto.hpp"

#include "traversal/stun_wire.hpp"

namespace pixelpass::traversal {
namespace {

constexpr std::size_t kMostTextBytes = 763;  // RFC 8489 sections 14.9 and 14.10
// A nonce that begins with the cookie tells 24 bits of the server's features, four letters of base64 behind
// it (section 9.2). They are signed with the nonce, so nobody takes away an algorithm unnoticed.
constexpr std::string_view kNonceCookie = "obMatJos2";
constexpr unsigned kHasAlgorithms = 0x20;  // bit 0 of 24, in the first letter's six bits
constexpr unsigned kHidesUsernames = 0x10;

unsigned base64_digit(char letter) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kAlphabet.find(letter);
  return at == kAlphabet.npos ? 0 : static_cast<unsigned>(at);
}

/// The first six features of a server.
unsigned features_of(std::string_view nonce) {
  const bool tells = nonce.starts_with(kNonceCookie) && nonce.size() >= kNonceCookie.size() + 4;
  return tells ? base64_digit(nonce[kNonceCookie.size()]) : 0;
}

/// The first of the server's algorithms that is ours too.
std::optional<PasswordAlgorithm> first_of_ours(ByteView list) {
  for (std::size_t at = 0; at + 4 <= list.size();) {
    const auto number = read_u16(list, at);
    const std::size_t parameters = read_u16(list, at + 2);
    const bool is_ours = number == static_cast<std::uint16_t>(PasswordAlgorithm::kMd5) ||
                         number == static_cast<std::uint16_t>(PasswordAlgorithm::kSha256);
    if (is_ours && parameters == 0) return static_cast<PasswordAlgorithm>(number);
    at += 4 + padded(parameters);
  }
  return std::nullopt;
}

}  // namespace

bool LongTermAuth::choose_algorithm(const StunMessage& error) {
  algorithms_.clear();
  algorithm_ = PasswordAlgorithm::kMd5;
  const auto list = error.find(StunAttribute::kPasswordAlgorithms);
  if (!list) return (features_of(nonce_) & kHasAlgorithms) == 0;
  const auto ours = first_of_ours(*list);
  if (!ours || list->size() > kMostTextBytes) return false;
  algorithms_.assign(list->begin(), list->end());
  algorithm_ = *ours;
  return true;
}

bool LongTermAuth::take_challenge(const StunMessage& error) {
  realm_ = error.text(StunAttribute::kRealm);
  if (realm_.empty() || realm_.size() > kMostTextBytes || !take_nonce(error)) return false;
  if (!choose_algorithm(error)) return false;
  hides_username_ = (features_of(nonce_) & kHidesUsernames) != 0;
  key_ = long_term_key(algorithm_, credentials_.username, realm_, credentials_.password);
  return true;
}

bool LongTermAuth::take_nonce(const StunMessage& error) {
  const auto nonce = error.text(StunAttribute::kNonce);
  if (nonce.empty() || nonce.size() > kMostTextBytes) return false;
  nonce_ = nonce;
  return true;
}

void LongTermAuth::sign(StunWriter& writer) const {
  if (hides_username_)
    writer.add(StunAttribute::kUserhash, userhash(credentials_.username, realm_));
  else
    writer.add_text(StunAttribute::kUsername, credentials_.username);
  writer.add_text(StunAttribute::kRealm, realm_).add_text(StunAttribute::kNonce, nonce_);
  if (algorithms_.empty()) {
    writer.sign_sha1(key_);
    return;
  }
  writer.add(StunAttribute::kPasswordAlgorithms, algorithms_);
  writer.add_u32(StunAttribute::kPasswordAlgorithm, static_cast<std::uint32_t>(algorithm_) << 16U);
  writer.sign_sha256(key_);
}

bool LongTermAuth::vouches_for(const StunMessage& message) const {
  return (algorithms_.empty() || message.is_signed_sha256()) && message.is_signed_with(key_);
}

}  // namespace pixelpass::traversal
