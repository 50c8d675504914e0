#include "tunnel/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <algorithm>
#include <new>

namespace pixelpass::tunnel {
namespace {

// NIST SP 800-186, 3.2.1.3.
constexpr PrivateKey kOrderOfP256{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

// ECPrivateKey (RFC 5915, 3): the version comes before the integer, the curve after it. The public key is
// left out, and OpenSSL computes it.
constexpr std::array<std::uint8_t, 7> kBeforeKey{0x30, 0x31, 0x02, 0x01, 0x01, 0x04, kPrivateKeyBytes};
constexpr std::array<std::uint8_t, 12> kAfterKey{0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
using EcPrivateKey = std::array<std::uint8_t, kBeforeKey.size() + kPrivateKeyBytes + kAfterKey.size()>;

// Certificates are compared by their hash, and clocks may be wrong, so it is always valid. RFC 5280, 4.1.2.5
// has the second date for "no end".
constexpr const char* kValidFrom = "20000101000000Z";
constexpr const char* kValidUntil = "99991231235959Z";

constexpr unsigned char kName[] = "pixelpass";

struct FreeBignum {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using Bignum = std::unique_ptr<BIGNUM, FreeBignum>;

/// Checks a call that fails only if memory is short, or by a bug of ours.
void need(bool ok) {
  if (!ok) throw std::bad_alloc();
}

/// A random serial number: some browsers refuse a second certificate of the same name and number.
void set_serial_number(X509* certificate, const Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random(bytes);
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7fU) | 0x40U);  // positive, and always as long
  const Bignum number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  need(number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_names(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  need(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, kName, sizeof kName - 1, -1, 0) == 1);
  need(X509_set_issuer_name(certificate, name) == 1);
}

/// Signs with a deterministic nonce (RFC 6979), so that a weak random generator cannot reveal the key.
void sign(X509* certificate, EVP_PKEY* pair) {
  const OwnedTls<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  need(context != nullptr && EVP_DigestSignInit(context.get(), &settings, EVP_sha256(), nullptr, pair) == 1);
  unsigned deterministic = 1;
  const std::array parameters{OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &deterministic),
                              OSSL_PARAM_construct_end()};
  need(EVP_PKEY_CTX_set_params(settings, parameters.data()) == 1);
  need(X509_sign_ctx(certificate, context.get()) > 0);
}

}  // namespace

bool is_private_key(const PrivateKey& key) {
  return key < kOrderOfP256 && std::ranges::any_of(key, [](std::uint8_t byte) { return byte != 0; });
}

OwnedTls<EVP_PKEY> key_pair_of(const PrivateKey& key) {
  EcPrivateKey der{};
  auto* end = std::ranges::copy(kBeforeKey, der.begin()).out;
  end = std::ranges::copy(key, end).out;
  std::ranges::copy(kAfterKey, end);
  const std::uint8_t* in = der.data();
  OwnedTls<EVP_PKEY> pair(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &in, static_cast<long>(der.size())));
  OPENSSL_cleanse(der.data(), der.size());
  need(pair != nullptr);
  return pair;
}

PrivateKey private_key_of(const EVP_PKEY* pair) {
  BIGNUM* number = nullptr;
  need(EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
  const Bignum owned(number);
  PrivateKey key{};
  need(BN_bn2binpad(number, key.data(), static_cast<int>(key.size())) == static_cast<int>(key.size()));
  return key;
}

OwnedTls<X509> make_certificate(EVP_PKEY* pair, const Random& random) {
  OwnedTls<X509> certificate(X509_new());
  X509* c = certificate.get();
  need(c != nullptr && X509_set_version(c, X509_VERSION_3) == 1);
  set_serial_number(c, random);
  set_names(c);
  need(ASN1_TIME_set_string_X509(X509_getm_notBefore(c), kValidFrom) == 1);
  need(ASN1_TIME_set_string_X509(X509_getm_notAfter(c), kValidUntil) == 1);
  need(X509_set_pubkey(c, pair) == 1);
  sign(c, pair);
  // The certificate is parsed again, as peers will see it: one that was built has cached values that a parsed
  // one lacks.
  auto read = certificate_of(der_of(c));
  need(read != nullptr);
  return read;
}

Bytes der_of(const X509* certificate) {
  const int length = i2d_X509(certificate, nullptr);
  need(length > 0);
  Bytes der(static_cast<std::size_t>(length));
  std::uint8_t* out = der.data();
  need(i2d_X509(certificate, &out) == length);
  return der;
}

OwnedTls<X509> certificate_of(ByteView der) {
  const std::uint8_t* in = der.data();
  OwnedTls<X509> certificate(d2i_X509(nullptr, &in, static_cast<long>(der.size())));
  if (!certificate || !std::ranges::equal(der_of(certificate.get()), der)) return nullptr;
  return certificate;
}

Fingerprint fingerprint_of(const X509* certificate) {
  Fingerprint fingerprint{};
  unsigned length = fingerprint.size();
  need(X509_digest(certificate, EVP_sha256(), fingerprint.data(), &length) == 1 &&
       length == fingerprint.size());
  return fingerprint;
}

}  // namespace pixelpass::tunnel
