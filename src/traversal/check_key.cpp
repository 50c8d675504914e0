#include "pixelpass/traversal/check_key.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cassert>
#include <string_view>

namespace pixelpass::traversal {
namespace {

constexpr std::string_view kPunchLabel = "pixelpass punch";
constexpr std::size_t kMaxTagBytes = 32;
constexpr std::size_t kSha256Bytes = 32;

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace

CheckKey check_key(const Secret& secret, ByteView tag) {
  tag = tag.first(std::min(tag.size(), kMaxTagBytes));
  const auto label = as_bytes(kPunchLabel);
  Bytes message(label.begin(), label.end());
  message.insert(message.end(), tag.begin(), tag.end());
  CheckKey key{to_hex(tag), Bytes(kSha256Bytes)};
  [[maybe_unused]] const auto* mac = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                          message.data(), message.size(), key.password.data(), nullptr);
  assert(mac);  // of a key and a message in memory there is always one
  return key;
}

}  // namespace pixelpass::traversal
