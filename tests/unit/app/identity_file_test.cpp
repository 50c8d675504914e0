#include "app/host/identity_file.hpp"

#include "tunnel/certificate.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;
using tunnel::der_of;
using tunnel::Identity;
using tunnel::kPrivateKeyBytes;
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
      (void)load_or_create_identity(path, random_);
      FAIL() << "no error";
    } catch (const StartupError& error) {
      EXPECT_NE(error.error().what.find(path.string()), std::string::npos) << error.error().what;
      EXPECT_NE(error.error().what.find(part), std::string::npos) << error.error().what;
      EXPECT_NE(error.error().hint, "");
    }
  }

  /// What failed, and the hint; empty: nothing has.
  static std::string replace(const fs::path& path, const Identity& identity) {
    boost::asio::io_context io;
    std::optional<std::string> outcome;
    const IdentityReplacement replacement(io, path, identity, 20s, [&](const std::optional<Error>& error) {
      outcome = error ? error->what + ": " + error->hint : "";
      io.stop();
    });
    EXPECT_FALSE(outcome) << "before it was awaited";
    io.run();
    return outcome.value_or("nothing was said");
  }

  fs::path folder_;
  Random random_ = seeded_random(3);
};

TEST_F(IdentityFile, IsTheSameWhenItIsReadAgain) {
  const auto made = load_or_create_identity(file(), random_);
  const auto read = load_or_create_identity(file(), random_);
  EXPECT_EQ(made.fingerprint(), read.fingerprint());
  EXPECT_EQ(made.secret(), read.secret());
  EXPECT_EQ(der_of(made.certificate()), der_of(read.certificate()));
  EXPECT_EQ(EVP_PKEY_eq(made.key(), read.key()), 1);
  EXPECT_EQ(X509_check_private_key(read.certificate(), read.key()), 1);
}

TEST_F(IdentityFile, CanHaveAnotherSecretAndTheSameKey) {
  const auto made = load_or_create_identity(file(), random_);
  const auto renewed = made.with_new_secret(random_);
  EXPECT_EQ(renewed.fingerprint(), made.fingerprint());
  EXPECT_NE(renewed.secret(), made.secret());
  const auto link = folder_ / "link";
  fs::create_symlink(file(), link);
  EXPECT_EQ(replace(link, renewed), "");
  const auto read = load_or_create_identity(file(), random_);
  EXPECT_EQ(read.fingerprint(), made.fingerprint());
  EXPECT_EQ(read.secret(), renewed.secret());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2)
      << "something is left";
}

TEST_F(IdentityFile, StaysAsItIsWhenItCannotBeReplaced) {
  const auto made = load_or_create_identity(file(), random_);
  const auto renewed = made.with_new_secret(random_);
  fs::create_directories(folder_ / "identity.new" / "full");
  EXPECT_THAT(replace(file(), renewed), HasSubstr("cannot be made"));
  EXPECT_EQ(load_or_create_identity(file(), random_).secret(), made.secret());
}

TEST_F(IdentityFile, IsReplacedForNobodyWhoHasGoneWithHisLoop) {
  const auto made = load_or_create_identity(file(), random_);
  for (int i = 0; i < 20; ++i) {
    boost::asio::io_context io;
    const IdentityReplacement replacement(io, file(), made.with_new_secret(random_), 20s,
                                          [](const auto&) { FAIL() << "it was not waited for"; });
  }
  // Behind those that are under way; the rest touch nothing any more.
  const auto last = made.with_new_secret(random_);
  ASSERT_EQ(replace(file(), last), "");
  EXPECT_EQ(load_or_create_identity(file(), random_).secret(), last.secret());
  EXPECT_FALSE(fs::exists(folder_ / "identity.new"));
}

TEST_F(IdentityFile, CanBeReadByItsOwnerAlone) {
  const auto before = umask(0);
  (void)load_or_create_identity(file(), random_);
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
  const auto made = load_or_create_identity(file(), random_);
  const auto whole = read_file();
  const std::size_t secret_ends = whole.size() - der_of(made.certificate()).size() - kPrivateKeyBytes;
  const std::size_t format_ends = secret_ends - made.secret().size();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write(changed);
    try {
      const auto identity = load_or_create_identity(file(), random_);
      EXPECT_FALSE(at < format_ends || (at >= secret_ends && at < secret_ends + kPrivateKeyBytes)) << at;
      EXPECT_TRUE(identity.fingerprint() != made.fingerprint() || identity.secret() != made.secret()) << at;
    } catch (const StartupError& error) {
      EXPECT_NE(error.error().what.find("holds no identity"), std::string::npos) << error.error().what;
    }
  }
}

TEST_F(IdentityFile, ThatIsCutOffOrGoesOnIsNotTaken) {
  (void)load_or_create_identity(file(), random_);
  const auto whole = read_file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    expect_error("holds no identity", file());
  }
  write(whole + '\0');
  expect_error("holds no identity", file());
}

TEST_F(IdentityFile, WithTheCertificateOfAnotherKeyIsNotTaken) {
  (void)load_or_create_identity(file(), random_);
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
  const auto made = load_or_create_identity(file(), random_);
  fs::create_symlink(file(), folder_ / "link");
  EXPECT_EQ(load_or_create_identity(folder_ / "link", random_).fingerprint(), made.fingerprint());
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
}  // namespace pixelpass::app
