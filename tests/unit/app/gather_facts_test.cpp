#include "app/doctor/gather_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VlcPluginFoldersTest : public ::testing::Test {
 protected:
  VlcPluginFoldersTest() {
    std::string name = fs::temp_directory_path() / "pixelpass-XXXXXX";
    root_ = mkdtemp(name.data());
  }
  ~VlcPluginFoldersTest() override { fs::remove_all(root_); }

  std::string make(const char* folder) {
    fs::create_directories(root_ / folder);
    return root_ / folder;
  }

  fs::path root_;
};

TEST_F(VlcPluginFoldersTest, are_where_each_distribution_has_them) {
  for (const char* folder : {"usr/lib/x86_64-linux-gnu/vlc/plugins", "usr/lib64/vlc/plugins",
                             "usr/lib/vlc/plugins", "usr/local/lib/vlc/plugins"}) {
    const std::string made = make(folder);
    EXPECT_THAT(vlc_plugin_folders(root_, ""), ElementsAre(made)) << folder;
    fs::remove_all(root_ / "usr");
  }
}

TEST_F(VlcPluginFoldersTest, are_the_users_own_too) {
  const std::string own = make("own");
  EXPECT_THAT(vlc_plugin_folders(root_, own), ElementsAre(own));
}

TEST_F(VlcPluginFoldersTest, are_none_without_vlc) {
  make("usr/lib/x86_64-linux-gnu");
  EXPECT_THAT(vlc_plugin_folders(root_, root_ / "missing"), IsEmpty());
}

TEST(VersionOfAPlayer, is_asked_without_the_ticket_that_was_meant_for_us) {
  EXPECT_EQ(version_of("echo mpv 0.35.1 Copyright"), "mpv 0.35.1");
  ::setenv("PIXELPASS_TICKET", "pp1", 1);
  EXPECT_EQ(version_of("echo \"mpv ${PIXELPASS_TICKET-0}\""), "mpv 0");
  ::unsetenv("PIXELPASS_TICKET");
}

}  // namespace
}  // namespace pixelpass::app
