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

namespace fs = std::filesystem;

class IdentityFile : public ::testing::Test {
 protected:
  IdentityFile() {
    std::string name = (fs::temp_directory_path() / "pixelpass-identity-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~IdentityFile() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path file() const { return folder_ / "identity"; }
  void write(const std::string& bytes,
             fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) const {
    std::ofstream(file(), std::ios::binary) << bytes;
    fs::permissions(file(), mode);
  }

  [[nodiscard]] std::string read_file() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void expect_error(const std::string& part, const fs::path& path) const {
    try {
      (void)Identity::load_or_create(path, random_);
      FAIL() << "no error";
    } catch (const StartupError& error) {
      EXPECT_NE(error.error().what.find(path.string()), std::string::npos) << error.error().what;
      EXPECT_NE(error.error().what.find(part), std::string::npos) << error.error().what;
      EXPECT_NE(error.error().hint, "");
    }
  }

  fs::path folder_;
  Random random_ = seeded_random(3);
};

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

TEST_F(IdentityFile, IsTheSameWhenItIsReadAgain) {
  const auto made = Identity::load_or_create(file(), random_);
  const auto read = Identity::load_or_create(file(), random_);
  EXPECT_EQ(made.fingerprint(), read.fingerprint());
  EXPECT_EQ(made.secret(), read.secret());
  EXPECT_EQ(der_of(made.certificate()), der_of(read.certificate()));
  EXPECT_EQ(EVP_PKEY_eq(made.key(), read.key()), 1);
  EXPECT_EQ(X509_check_private_key(read.certificate(), read.key()), 1);
}

TEST_F(IdentityFile, CanHaveAnotherSecretAndTheSameKey) {
  const auto made = Identity::load_or_create(file(), random_);
  const auto renewed = made.with_new_secret(random_);
  EXPECT_EQ(renewed.fingerprint(), made.fingerprint());
  EXPECT_NE(renewed.secret(), made.secret());
  const auto link = folder_ / "link";
  fs::create_symlink(file(), link);
  renewed.replace(link);
  const auto read = Identity::load_or_create(file(), random_);
  EXPECT_EQ(read.fingerprint(), made.fingerprint());
  EXPECT_EQ(read.secret(), renewed.secret());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2)
      << "something is left";
}

TEST_F(IdentityFile, StaysAsItIsWhenItCannotBeReplaced) {
  const auto made = Identity::load_or_create(file(), random_);
  const auto renewed = made.with_new_secret(random_);
  fs::create_directories(folder_ / "identity.new" / "full");
  EXPECT_THROW(renewed.replace(file()), StartupError);
  EXPECT_EQ(Identity::load_or_create(file(), random_).secret(), made.secret());
}

TEST_F(IdentityFile, CanBeReadByItsOwnerAlone) {
  const auto before = umask(0);
  (void)Identity::load_or_create(file(), random_);
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_LT(status.st_size, 512);
}

TEST_F(IdentityFile, ThatIsNoneIsNotTaken) {
  write("");
  expect_error("holds no identity", file());
  write("too short");
  expect_error("holds no identity", file());
  write(std::string(48, 'x'));
  expect_error("holds no identity", file());
  write(std::string(2048, 'x'));
  expect_error("holds no identity", file());
  write(std::string(2049, 'x'));
  expect_error("has 2049 bytes, more than the 2048 that are read", file());
}

TEST_F(IdentityFile, WithAChangedByteIsNotTakenOrIsAnother) {
  const auto made = Identity::load_or_create(file(), random_);
  const auto whole = read_file();
  const std::size_t secret_ends = whole.size() - der_of(made.certificate()).size() - kPrivateKeyBytes;
  const std::size_t format_ends = secret_ends - made.secret().size();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write(changed);
    try {
      const auto identity = Identity::load_or_create(file(), random_);
      EXPECT_FALSE(at < format_ends || (at >= secret_ends && at < secret_ends + kPrivateKeyBytes)) << at;
      EXPECT_TRUE(identity.fingerprint() != made.fingerprint() || identity.secret() != made.secret()) << at;
    } catch (const StartupError& error) {
      EXPECT_NE(error.error().what.find("holds no identity"), std::string::npos) << error.error().what;
    }
  }
}

TEST_F(IdentityFile, ThatIsCutOffOrGoesOnIsNotTaken) {
  (void)Identity::load_or_create(file(), random_);
  const auto whole = read_file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    expect_error("holds no identity", file());
  }
  write(whole + '\0');
  expect_error("holds no identity", file());
}

TEST_F(IdentityFile, WithTheCertificateOfAnotherKeyIsNotTaken) {
  (void)Identity::load_or_create(file(), random_);
  auto mixed = read_file();
  const auto other = der_of(Identity::generate(seeded_random(9)).certificate());
  mixed.replace(mixed.size() - other.size(), other.size(), as_text(other));
  write(mixed);
  expect_error("holds no identity", file());
}

TEST_F(IdentityFile, ThatOthersCanReadIsNotTaken) {
  write(std::string(48, 'x'), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  expect_error("can be read by others", file());
}

TEST_F(IdentityFile, ThatIsAFolderIsNotTaken) {
  expect_error("is not a regular file", folder_);
}

TEST_F(IdentityFile, ThatIsAFifoIsNotWaitedFor) {
  ASSERT_EQ(mkfifo(file().c_str(), 0600), 0);
  expect_error("is not a regular file", file());
}

TEST_F(IdentityFile, OfAnotherUserIsNotTaken) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away; run as root";
  write(std::string(48, 'x'));
  ASSERT_EQ(chown(file().c_str(), 65534, 65534), 0);
  expect_error("belongs to another user (uid 65534)", file());
}

TEST_F(IdentityFile, MayBeALinkToAFileOfOnesOwn) {
  const auto made = Identity::load_or_create(file(), random_);
  fs::create_symlink(file(), folder_ / "link");
  EXPECT_EQ(Identity::load_or_create(folder_ / "link", random_).fingerprint(), made.fingerprint());
}

TEST_F(IdentityFile, InAFolderThatIsNotThereIsNotMade) {
  expect_error("cannot be made", folder_ / "none" / "identity");
}

TEST_F(IdentityFile, ThatMayNotBeReadSaysWhy) {
  write(std::string(48, 'x'), fs::perms::none);
  fs::permissions(folder_, fs::perms::all);
  // Root may read everything: it has to be somebody else for a moment.
  constexpr uid_t kNobody = 65534;
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(seteuid(kNobody), 0);
  }
  expect_error("cannot be read: Permission denied", file());
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
}

}  // namespace
}  // namespace pixelpass::tunnel
