#include "app/host/monitor_memory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;

/// A state folder that goes with the test.
class MonitorMemory : public testing::Test {
 protected:
  MonitorMemory() {
    std::string name = (fs::temp_directory_path() / "pixelpass-test.XXXXXX").string();
    top_ = ::mkdtemp(name.data());
    ::setenv("XDG_STATE_HOME", top_.c_str(), 1);
    file_ = top_ / "pixelpass" / "monitor";
  }
  ~MonitorMemory() override {
    ::unsetenv("XDG_STATE_HOME");
    fs::remove_all(top_);
  }
  void put(const std::string& text) const {
    fs::create_directories(file_.parent_path());
    fs::permissions(file_.parent_path(), fs::perms::owner_all);
    std::ofstream(file_) << text;
  }

  fs::path top_;
  fs::path file_;
};

TEST_F(MonitorMemory, HasTheOneThatWasChosenLastWhateverItsName) {
  EXPECT_EQ(remembered_monitor(), std::nullopt);
  remember_monitor("eDP-1");
  remember_monitor("My monitor 2");
  EXPECT_EQ(remembered_monitor(), "My monitor 2");
}

TEST_F(MonitorMemory, TakesNothingThatCannotBeAName) {
  for (const char* text : {"", "\n", "a\nb\n", "a\x1b[2J\n"}) {
    put(text);
    EXPECT_EQ(remembered_monitor(), std::nullopt) << text;
  }
  put(std::string(1000, 'a'));
  EXPECT_EQ(remembered_monitor(), std::nullopt);
  remember_monitor("DP-1");
  remember_monitor("a\nb");
  EXPECT_EQ(remembered_monitor(), "DP-1");
}

TEST_F(MonitorMemory, AFifoInItsPlaceIsNeitherWaitedForNorWrittenTo) {
  put("");
  fs::remove(file_);
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(remembered_monitor(), std::nullopt);
  remember_monitor("DP-1");
  EXPECT_EQ(remembered_monitor(), "DP-1");
}

}  // namespace
}  // namespace pixelpass::app
