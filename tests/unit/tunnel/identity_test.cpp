#include "pixelpass/tunnel/identity.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
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
  EXPECT_EQ(a.public_key(), b.public_key());
  EXPECT_EQ(a.secret(), b.secret());
  EXPECT_NE(a.public_key(), c.public_key());
  EXPECT_NE(a.secret(), c.secret());
}

TEST(Identity, HasTheStandardsPublicKeyForItsSeed) {
  // RFC 8032, 7.1, test 1.
  constexpr std::uint8_t kSeed[] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                    0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                    0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
  const auto identity =
      Identity::generate([&](std::span<std::uint8_t> out) { std::ranges::copy(kSeed, out.begin()); });
  const HostKey expected{0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                         0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                         0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
  EXPECT_EQ(identity.public_key(), expected);
}

TEST_F(IdentityFile, IsTheSameWhenItIsReadAgain) {
  const auto made = Identity::load_or_create(file(), random_);
  const auto read = Identity::load_or_create(file(), random_);
  EXPECT_EQ(made.public_key(), read.public_key());
  EXPECT_EQ(made.secret(), read.secret());
}

TEST_F(IdentityFile, CanHaveAnotherSecretAndTheSameKey) {
  const auto made = Identity::load_or_create(file(), random_);
  const auto renewed = made.with_new_secret(random_);
  EXPECT_EQ(renewed.public_key(), made.public_key());
  EXPECT_NE(renewed.secret(), made.secret());
  const auto link = folder_ / "link";
  fs::create_symlink(file(), link);
  renewed.replace(link);
  const auto read = Identity::load_or_create(file(), random_);
  EXPECT_EQ(read.public_key(), made.public_key());
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
  EXPECT_EQ(status.st_size, 48);
}

TEST_F(IdentityFile, OfAnotherSizeIsNotTaken) {
  write("too short");
  expect_error("has 9 bytes, not 48", file());
  write(std::string(49, 'x'));
  expect_error("has 49 bytes, not 48", file());
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
  EXPECT_EQ(Identity::load_or_create(folder_ / "link", random_).public_key(), made.public_key());
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
