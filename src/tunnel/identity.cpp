#include "pixelpass/tunnel/identity.hpp"

#include "tunnel/certificate.hpp"
#include <openssl/crypto.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string_view>

namespace pixelpass::tunnel {
namespace {

/// These characters, the ticket's secret, the private key, and the certificate in DER to the end.
constexpr std::string_view kFormat = "pixelpass/id/1\n";
constexpr std::size_t kFixedBytes = kFormat.size() + std::tuple_size_v<Secret> + kPrivateKeyBytes;

}  // namespace

std::optional<Identity> Identity::parse(ByteView bytes) {
  if (bytes.size() <= kFixedBytes || as_text(bytes.first(kFormat.size())) != kFormat) return std::nullopt;
  Identity identity;
  bytes = bytes.subspan(kFormat.size());
  std::ranges::copy(bytes.first(identity.secret_.size()), identity.secret_.begin());
  bytes = bytes.subspan(identity.secret_.size());
  PrivateKey key{};
  std::ranges::copy(bytes.first(key.size()), key.begin());
  if (is_private_key(key)) identity.key_ = key_pair_of(key);
  OPENSSL_cleanse(key.data(), key.size());
  identity.certificate_ = certificate_of(bytes.subspan(key.size()));
  if (!identity.key_ || !identity.certificate_ ||
      X509_check_private_key(identity.certificate(), identity.key()) != 1)
    return std::nullopt;
  identity.fingerprint_ = fingerprint_of(identity.certificate());
  return identity;
}

Bytes Identity::serialize() const {
  auto key = private_key_of(key_.get());
  const auto certificate = der_of(certificate_.get());
  Bytes bytes(kFixedBytes + certificate.size());  // at once: no copy with the key in it is left behind
  auto end = std::ranges::copy(kFormat, bytes.begin()).out;
  end = std::ranges::copy(secret_, end).out;
  end = std::ranges::copy(key, end).out;
  std::ranges::copy(certificate, end);
  OPENSSL_cleanse(key.data(), key.size());
  return bytes;
}

Identity Identity::generate(const Random& random) {
  PrivateKey key{};
  do {
    random(key);
  } while (!is_private_key(key));
  Identity identity;
  identity.key_ = key_pair_of(key);
  OPENSSL_cleanse(key.data(), key.size());
  identity.certificate_ = make_certificate(identity.key(), random);
  identity.fingerprint_ = fingerprint_of(identity.certificate());
  random(identity.secret_);
  return identity;
}

Identity Identity::with_new_secret(const Random& random) const {
  Identity renewed = *this;
  random(renewed.secret_);
  return renewed;
}

}  // namespace pixelpass::tunnel
