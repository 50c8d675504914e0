#include "pixelpass/base/private_folder.hpp"

#include "pixelpass/base/owner.hpp"
#include "pixelpass/base/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace pixelpass {
namespace {

namespace fs = std::filesystem;

class PrivateFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* was = std::getenv("XDG_RUNTIME_DIR")) before_ = was;
    if (const char* was = std::getenv("TMPDIR")) temporary_before_ = was;
    std::string name = fs::temp_directory_path() / "private-folder-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    runtime_ = name;
    setenv("XDG_RUNTIME_DIR", runtime_.c_str(), 1);
  }
  void TearDown() override {
    before_ ? setenv("XDG_RUNTIME_DIR", before_->c_str(), 1) : unsetenv("XDG_RUNTIME_DIR");
    temporary_before_ ? setenv("TMPDIR", temporary_before_->c_str(), 1) : unsetenv("TMPDIR");
    fs::remove_all(runtime_);
  }
  static mode_t mode(const fs::path& path) {
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    return found.st_mode & 0777;
  }

  static bool is_in_use(const fs::path& folder) { return !claim_folder(folder); }
  /// That of this process where all its folders are.
  [[nodiscard]] fs::path mine() const { return runtime_ / "pixelpass" / owner_tag(); }
  /// Until something is in it.
  static void wait_for_entry(const fs::path& folder) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (fs::is_empty(folder) && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    ASSERT_FALSE(fs::is_empty(folder));
  }

  fs::path runtime_;
  std::optional<std::string> before_, temporary_before_;
};

TEST_F(PrivateFolderTest, NobodyElseCanLookIn) {
  const PrivateFolder folder;
  EXPECT_EQ(mode(folder.path()), 0700U);
  EXPECT_EQ(mode(folder.path().parent_path()), 0700U);
  EXPECT_EQ(folder.path().parent_path().parent_path(), runtime_ / "pixelpass");
}

TEST_F(PrivateFolderTest, TwoAreNotTheSame) {
  const PrivateFolder first, second;
  EXPECT_NE(first.path(), second.path());
}

/// Whatever number the process has where somebody looks.
TEST_F(PrivateFolderTest, IsHeldAsLongAsItsProcessUsesIt) {
  std::optional<PrivateFolder> first(std::in_place);
  std::optional<PrivateFolder> second(std::in_place);
  const fs::path mine = first->path().parent_path();
  EXPECT_TRUE(is_in_use(mine));
  first.reset();
  EXPECT_TRUE(is_in_use(mine));
  fs::create_directory(mine / "left");
  second.reset();
  ASSERT_TRUE(fs::exists(mine));
  EXPECT_FALSE(is_in_use(mine));
  unsetenv("XDG_RUNTIME_DIR");
  const PrivateFolder temporary;
  EXPECT_TRUE(is_in_use(temporary.path()));
  EXPECT_FALSE(is_in_use(temporary.path() / "nothing"));
}

/// As `repair` does, while a pixelpass starts.
TEST_F(PrivateFolderTest, IsHeldThoughSomebodyLookedAtItWhenItWasMade) {
  ASSERT_TRUE(make_own_folder(mine().parent_path()) && make_own_folder(mine()));
  auto claim = claim_folder(mine());
  ASSERT_TRUE(claim);
  std::optional<PrivateFolder> folder;
  std::jthread maker([&] { folder.emplace(); });
  wait_for_entry(mine());
  { const Descriptor let_go(std::move(*claim)); }
  maker.join();
  EXPECT_TRUE(fs::exists(folder->path()));
  EXPECT_TRUE(is_in_use(mine()));
}

TEST_F(PrivateFolderTest, IsMadeAnewWhereSomebodyRemovedItBeforeItWasHeld) {
  ASSERT_TRUE(make_own_folder(mine().parent_path()) && make_own_folder(mine()));
  auto claim = claim_folder(mine());
  ASSERT_TRUE(claim);
  std::optional<PrivateFolder> folder;
  std::jthread maker([&] { folder.emplace(); });
  wait_for_entry(mine());
  fs::remove_all(mine());
  { const Descriptor let_go(std::move(*claim)); }
  maker.join();
  EXPECT_TRUE(fs::exists(folder->path()));
  EXPECT_TRUE(is_in_use(mine()));
}

TEST_F(PrivateFolderTest, WhatSomebodyClaimsNobodyElseDoes) {
  fs::create_directory(runtime_ / "left");
  {
    const auto claim = claim_folder(runtime_ / "left");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(is_in_use(runtime_ / "left"));
  }
  EXPECT_FALSE(is_in_use(runtime_ / "left"));
}

TEST_F(PrivateFolderTest, NothingIsLeftBehind) {
  {
    const PrivateFolder folder, another;
    std::ofstream(folder.path() / "file") << "x";
  }
  EXPECT_TRUE(fs::is_empty(runtime_));
}

TEST_F(PrivateFolderTest, WhatIsOthersStays) {
  fs::create_directories(runtime_ / "pixelpass" / "1-2");
  { const PrivateFolder folder; }
  EXPECT_TRUE(fs::exists(runtime_ / "pixelpass" / "1-2"));
}

TEST_F(PrivateFolderTest, WithoutARuntimeFolderItIsAmongTheTemporaryFiles) {
  unsetenv("XDG_RUNTIME_DIR");
  fs::path path;
  {
    const PrivateFolder folder;
    path = folder.path();
    EXPECT_EQ(mode(path), 0700U);
    EXPECT_EQ(owner_tag_in_name(path), owner_tag());
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(path.parent_path()));
}

TEST_F(PrivateFolderTest, WithoutAFolderForTemporaryFilesItIsInTmp) {
  unsetenv("XDG_RUNTIME_DIR");
  setenv("TMPDIR", (runtime_ / "nowhere").c_str(), 1);
  EXPECT_EQ(temporary_folder(), "/tmp");
  EXPECT_EQ(PrivateFolder().path().parent_path(), "/tmp");
  setenv("TMPDIR", runtime_.c_str(), 1);
  EXPECT_EQ(PrivateFolder().path().parent_path(), runtime_);
}

TEST_F(PrivateFolderTest, ARuntimeFolderOfOthersIsNotUsed) {
  fs::permissions(runtime_, fs::perms::all);
  EXPECT_EQ(PrivateFolder().path().parent_path(), fs::temp_directory_path());
  EXPECT_TRUE(fs::is_empty(runtime_));
  fs::permissions(runtime_, fs::perms::owner_all);
  if (geteuid() != 0) return;
  ASSERT_EQ(chown(runtime_.c_str(), 65534, 65534), 0);
  EXPECT_EQ(PrivateFolder().path().parent_path(), fs::temp_directory_path());
}

TEST_F(PrivateFolderTest, WhatOthersHavePutInItsPlaceIsAnError) {
  fs::create_directory(runtime_ / "theirs");
  fs::create_directory_symlink(runtime_ / "theirs", runtime_ / "pixelpass");
  EXPECT_THROW(PrivateFolder(), fs::filesystem_error);
  EXPECT_TRUE(fs::is_empty(runtime_ / "theirs"));
  fs::remove(runtime_ / "pixelpass");
  ASSERT_EQ(mkfifo((runtime_ / "pixelpass").c_str(), 0600), 0);
  EXPECT_THROW(PrivateFolder(), fs::filesystem_error);
}

TEST_F(PrivateFolderTest, ARuntimeFolderThatIsNotThereIsAnError) {
  setenv("XDG_RUNTIME_DIR", (runtime_ / "nowhere").c_str(), 1);
  EXPECT_THROW(PrivateFolder(), fs::filesystem_error);
}

}  // namespace
}  // namespace pixelpass
