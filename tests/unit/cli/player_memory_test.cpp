#include "cli/tui/player_memory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace pixelpass::cli {
namespace {

namespace fs = std::filesystem;

/// A state folder that goes with the test.
class PlayerMemory : public testing::Test {
 protected:
  PlayerMemory() {
    std::string name = (fs::temp_directory_path() / "pixelpass-test.XXXXXX").string();
    top_ = ::mkdtemp(name.data());
    ::setenv("XDG_STATE_HOME", top_.c_str(), 1);
    file_ = top_ / "pixelpass" / "player";
  }
  ~PlayerMemory() override {
    ::unsetenv("XDG_STATE_HOME");
    fs::remove_all(top_);
  }
  void make_folder() const {
    fs::create_directory(file_.parent_path());
    fs::permissions(file_.parent_path(), fs::perms::owner_all);
  }

  fs::path top_;
  fs::path file_;
};

TEST_F(PlayerMemory, HasTheOneThatWasChosenLast) {
  EXPECT_EQ(remembered_player(), std::nullopt);
  remember_player(MenuPlayer::kBrowser);
  remember_player(MenuPlayer::kMpv);
  EXPECT_EQ(remembered_player(), MenuPlayer::kMpv);
}

TEST_F(PlayerMemory, AFifoInItsPlaceIsNeitherWaitedForNorWrittenTo) {
  make_folder();
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  remember_player(MenuPlayer::kMpv);
  EXPECT_EQ(remembered_player(), MenuPlayer::kMpv);
}

TEST_F(PlayerMemory, ALinkInItsPlaceIsNotFollowed) {
  make_folder();
  std::ofstream(top_ / "elsewhere") << "kept";
  fs::create_symlink(top_ / "elsewhere", file_);
  remember_player(MenuPlayer::kMpv);
  EXPECT_EQ(remembered_player(), MenuPlayer::kMpv);
  std::string text;
  std::ifstream(top_ / "elsewhere") >> text;
  EXPECT_EQ(text, "kept");
}

TEST_F(PlayerMemory, WhereItCannotBeWrittenTheMenuAsksAgain) {
  make_folder();
  fs::create_directory(file_);
  remember_player(MenuPlayer::kMpv);
  EXPECT_EQ(remembered_player(), std::nullopt);
  EXPECT_EQ(std::distance(fs::directory_iterator(file_.parent_path()), {}), 1) << "nothing is left beside";
}

}  // namespace
}  // namespace pixelpass::cli
