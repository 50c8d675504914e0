#include "pixelpass/traversal/stun_crypto.hpp"

#include "pixelpass/traversal/stun_message.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <string>
#include <string_view>

namespace pixelpass::traversal {
namespace {

/// A signature of zeros would be anybody's: a failure is not passed over.
template <class Tag>
Tag hmac(const EVP_MD* hash, ByteView key, ByteView data) {
  static constexpr std::uint8_t kNothing = 0;  // HMAC() takes a null key for "the one from before"
  Tag tag{};
  unsigned length = 0;
  const auto* start = key.empty() ? &kNothing : key.data();
  if (HMAC(hash, start, static_cast<int>(key.size()), data.data(), data.size(), tag.data(), &length) ==
          nullptr ||
      length != tag.size())
    throw std::bad_alloc();
  return tag;
}

Bytes digest_of(const EVP_MD* hash, std::string_view text) {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, hash, nullptr) != 1)
    throw std::bad_alloc();
  digest.resize(length);
  return digest;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest & 1U) != 0 ? (rest >> 1U) ^ 0xedb88320U : rest >> 1U;
    table[byte] = rest;
  }
  return table;
}

}  // namespace

Sha1Tag hmac_sha1(ByteView key, ByteView data) {
  return hmac<Sha1Tag>(EVP_sha1(), key, data);
}

Sha256Tag hmac_sha256(ByteView key, ByteView data) {
  return hmac<Sha256Tag>(EVP_sha256(), key, data);
}

bool equals_secretly(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint32_t crc32(ByteView data) {
  static constexpr auto kTable = make_crc_table();
  std::uint32_t crc = 0xffffffffU;
  for (const auto byte : data) crc = kTable[(crc ^ byte) & 0xffU] ^ (crc >> 8U);
  return ~crc;
}

Bytes long_term_key(PasswordAlgorithm algorithm, std::string_view username, std::string_view realm,
                    std::string_view password) {
  std::string text(username);
  text.append(":").append(realm).append(":").append(password);
  auto key = digest_of(algorithm == PasswordAlgorithm::kSha256 ? EVP_sha256() : EVP_md5(), text);
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

Bytes userhash(std::string_view username, std::string_view realm) {
  return digest_of(EVP_sha256(), std::string(username).append(":").append(realm));
}

}  // namespace pixelpass::traversal
