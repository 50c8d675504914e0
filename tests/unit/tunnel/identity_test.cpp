#include "pixelpass/tunnel/identity.hpp"

#include "tunnel/certificate.hpp"
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace pixelpass::tunnel {
namespace {

TEST(Identity, IsAFunctionOfItsRandomness) {
  const auto a = Identity::generate(seeded_random(1));
  const auto b = Identity::generate(seeded_random(1));
  const auto c = Identity::generate(seeded_random(2));
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_EQ(a.secret(), b.secret());
  EXPECT_NE(a.fingerprint(), c.fingerprint());
  EXPECT_NE(a.secret(), c.secret());
}

/// What a host's randomness is when its first bytes, which make the key, are these.
Random beginning_with(ByteView bytes) {
  return [bytes = Bytes(bytes.begin(), bytes.end()), is_first = true](std::span<std::uint8_t> out) mutable {
    std::ranges::fill(out, std::uint8_t{1});
    if (is_first) std::ranges::copy(bytes, out.begin());
    is_first = false;
  };
}

TEST(Identity, HasTheStandardsPublicKeyForAPrivateKey) {
  // RFC 6979, A.2.5.
  constexpr std::uint8_t kKey[] = {0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21,
                                   0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8,
                                   0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};
  const Bytes expected{0x04,  // both coordinates follow
                       0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6,
                       0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69,
                       0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc,
                       0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2, 0x0c,
                       0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};
  const auto identity = Identity::generate(beginning_with(kKey));
  std::uint8_t* point = nullptr;
  const auto length = EVP_PKEY_get1_encoded_public_key(identity.key(), &point);
  EXPECT_EQ(Bytes(point, point + length), expected);
  OPENSSL_free(point);
}

TEST(Identity, TakesNoKeyThatTheGroupDoesNotHave) {
  const Bytes above(kPrivateKeyBytes, 0xff);
  const Bytes zero(kPrivateKeyBytes, 0);
  const PrivateKey next = [] {
    PrivateKey key{};
    key.fill(1);
    return key;
  }();
  EXPECT_EQ(private_key_of(Identity::generate(beginning_with(above)).key()), next);
  EXPECT_EQ(private_key_of(Identity::generate(beginning_with(zero)).key()), next);
}

TEST(Identity, IsKnownByTheHashOfItsCertificate) {
  const auto identity = Identity::generate(seeded_random(1));
  const auto der = der_of(identity.certificate());
  Fingerprint hash{};
  ASSERT_EQ(EVP_Q_digest(nullptr, "SHA256", nullptr, der.data(), der.size(), hash.data(), nullptr), 1);
  EXPECT_EQ(identity.fingerprint(), hash);
}

TEST(Identity, HasACertificateThatItsKeySignsAndThatNamesNobody) {
  const auto identity = Identity::generate(seeded_random(1));
  X509* certificate = identity.certificate();
  EXPECT_EQ(X509_check_private_key(certificate, identity.key()), 1);
  EXPECT_EQ(X509_verify(certificate, identity.key()), 1);
  std::array<char, 64> name{};
  X509_NAME_oneline(X509_get_subject_name(certificate), name.data(), name.size());
  EXPECT_STREQ(name.data(), "/CN=pixelpass");
  EXPECT_EQ(X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)), 0);
  EXPECT_EQ(X509_get_ext_count(certificate), 0);
}

TEST(Identity, IsValidByAClockThatIsYearsWrong) {
  const auto identity = Identity::generate(seeded_random(1));
  constexpr std::time_t kIn2001 = 1'000'000'000;
  constexpr std::time_t kIn2100 = 4'102'444'800;
  for (std::time_t time : {kIn2001, kIn2100}) {
    EXPECT_LT(X509_cmp_time(X509_get0_notBefore(identity.certificate()), &time), 0);
    EXPECT_GT(X509_cmp_time(X509_get0_notAfter(identity.certificate()), &time), 0);
  }
}

// NSS takes two certificates of one issuer and number for an attack (SEC_ERROR_REUSED_ISSUER_AND_SERIAL).
TEST(Identity, HasANumberOfItsOwn) {
  const auto a = Identity::generate(seeded_random(1));
  const auto b = Identity::generate(seeded_random(2));
  const auto* number = X509_get0_serialNumber(a.certificate());
  EXPECT_NE(ASN1_INTEGER_cmp(number, X509_get0_serialNumber(b.certificate())), 0);
  EXPECT_LE(ASN1_STRING_length(number), 20) << "RFC 5280, 4.1.2.2";
}

}  // namespace
}  // namespace pixelpass::tunnel
