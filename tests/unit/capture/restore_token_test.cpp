#include "pixelpass/capture/portal/restore_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace pixelpass::capture {
namespace {

namespace fs = std::filesystem;

constexpr auto kToken = "0f9d1a52-98d9-4ca1-a6c6-2f2cbd1f38b2";

/// A folder that is not there yet, below one that goes with the test.
class RestoreTokenFile : public testing::Test {
 protected:
  RestoreTokenFile() {
    std::string name = (fs::temp_directory_path() / "pixelpass-test.XXXXXX").string();
    top_ = ::mkdtemp(name.data());
    file_ = top_ / "state" / "pixelpass" / "token";
  }
  ~RestoreTokenFile() override { fs::remove_all(top_); }

  void write(std::string_view text) const {
    fs::create_directories(file_.parent_path());
    std::ofstream(file_) << text;
  }

  fs::path top_;
  fs::path file_;
};

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0U;
}

TEST_F(RestoreTokenFile, WhatWasSavedIsLoaded) {
  const RestoreToken token(file_);
  ASSERT_TRUE(token.save(kToken));
  EXPECT_EQ(token.load(), kToken);
}

TEST_F(RestoreTokenFile, ALaterOneReplacesAnEarlierOneAndLeavesNothingBeside) {
  const RestoreToken token(file_);
  ASSERT_TRUE(token.save("first"));
  ASSERT_TRUE(token.save(kToken));
  EXPECT_EQ(token.load(), kToken);
  EXPECT_EQ(std::distance(fs::directory_iterator(file_.parent_path()), {}), 1);
}

TEST_F(RestoreTokenFile, OnlyItsOwnerCanReadIt) {
  ASSERT_TRUE(RestoreToken(file_).save(kToken));
  EXPECT_EQ(mode_of(file_), 0600U);
  EXPECT_EQ(mode_of(file_.parent_path()), 0700U);
}

TEST_F(RestoreTokenFile, AReadableFileBecomesPrivateWhenItIsSavedAgain) {
  write("first\n");
  fs::permissions(file_, fs::perms::all);
  ASSERT_TRUE(RestoreToken(file_).save(kToken));
  EXPECT_EQ(mode_of(file_), 0600U);
}

TEST_F(RestoreTokenFile, AForgottenOneIsGone) {
  const RestoreToken token(file_);
  ASSERT_TRUE(token.save(kToken));
  token.forget();
  EXPECT_EQ(token.load(), std::nullopt);
  token.forget();
}

TEST_F(RestoreTokenFile, ThereIsNoneAtFirst) {
  EXPECT_EQ(RestoreToken(file_).load(), std::nullopt);
}

TEST_F(RestoreTokenFile, WhatCannotBeATokenIsNotLoaded) {
  for (const auto& text : {std::string(), std::string("\n"), std::string("two\nlines\n"),
                           std::string("a b\n"), std::string("nul\0nul\n", 8), std::string("\xc3\xa9\n"),
                           std::string(513, 'x'), std::string(5'000'000, 'x')}) {
    write(text);
    EXPECT_EQ(RestoreToken(file_).load(), std::nullopt) << text.substr(0, 20) << " of " << text.size();
  }
}

TEST_F(RestoreTokenFile, OneThatSomebodyElsePutThereIsNotTaken) {
  write("planted\n");
  fs::rename(file_, top_ / "elsewhere");
  fs::create_symlink(top_ / "elsewhere", file_);
  EXPECT_EQ(RestoreToken(file_).load(), std::nullopt);
  fs::remove(file_);
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(RestoreToken(file_).load(), std::nullopt);
  fs::remove(file_);
  if (::geteuid() != 0) return;
  write("planted\n");
  ASSERT_EQ(::chown(file_.c_str(), 65534, 65534), 0);
  EXPECT_EQ(RestoreToken(file_).load(), std::nullopt);
}

TEST_F(RestoreTokenFile, IsNotPutIntoAFolderOfSomebodyElse) {
  fs::create_directories(top_ / "theirs");
  fs::create_directories(file_.parent_path().parent_path());
  fs::create_directory_symlink(top_ / "theirs", file_.parent_path());
  EXPECT_FALSE(RestoreToken(file_).save(kToken));
  EXPECT_TRUE(fs::is_empty(top_ / "theirs"));
  fs::remove(file_.parent_path());
  fs::create_directory(file_.parent_path());
  fs::permissions(file_.parent_path(), fs::perms::all);
  EXPECT_FALSE(RestoreToken(file_).save(kToken));
  if (::geteuid() != 0) return;
  fs::permissions(file_.parent_path(), fs::perms::owner_all);
  ASSERT_EQ(::chown(file_.parent_path().c_str(), 65534, 65534), 0);
  EXPECT_FALSE(RestoreToken(file_).save(kToken));
}

TEST_F(RestoreTokenFile, TheLongestOneFits) {
  const std::string longest(512, 'x');
  ASSERT_TRUE(RestoreToken(file_).save(longest));
  EXPECT_EQ(RestoreToken(file_).load(), longest);
}

TEST_F(RestoreTokenFile, WhatCannotBeATokenIsNotSaved) {
  const RestoreToken token(file_);
  ASSERT_TRUE(token.save(kToken));
  EXPECT_FALSE(token.save(""));
  EXPECT_FALSE(token.save("two\nlines"));
  EXPECT_EQ(token.load(), kToken);
}

TEST_F(RestoreTokenFile, AFolderThatCannotBeMadeIsNoDisaster) {
  std::ofstream(top_ / "state") << "a file where the folder should be";
  EXPECT_FALSE(RestoreToken(file_).save(kToken));
}

TEST(StateFolder, FollowsTheBaseDirectorySpecification) {
  EXPECT_EQ(state_folder("/state", "/home/me"), "/state/pixelpass");
  EXPECT_EQ(state_folder(nullptr, "/home/me"), "/home/me/.local/state/pixelpass");
  EXPECT_EQ(state_folder("", "/home/me"), "/home/me/.local/state/pixelpass");
  EXPECT_EQ(state_folder("relative", "/home/me"), "/home/me/.local/state/pixelpass");
  EXPECT_EQ(state_folder(nullptr, nullptr), std::nullopt);
  EXPECT_EQ(state_folder(nullptr, ""), std::nullopt);
}

}  // namespace
}  // namespace pixelpass::capture
