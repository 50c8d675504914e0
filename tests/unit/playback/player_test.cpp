#include "pixelpass/playback/player.hpp"

#include "pixelpass/base/distribution.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace pixelpass::playback {
namespace {

using testing::Contains;
using testing::Each;
using testing::Not;
using testing::StartsWith;

constexpr auto kUrl = "http://127.0.0.1:4321/secret.ts";

/// A folder of programs that need only be there.
class Programs {
 public:
  Programs() {
    std::string path = std::filesystem::temp_directory_path() / "pixelpass-path-XXXXXX";
    path_ = mkdtemp(path.data());
  }
  ~Programs() { std::filesystem::remove_all(path_); }
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  void add(const std::string& name, mode_t mode = 0700) {
    std::ofstream(path_ + "/" + name) << "#!/bin/sh\n";
    ::chmod((path_ + "/" + name).c_str(), mode);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(InstallCommandTest, OfAPlayerIsThisMachinesOwn) {
  const std::array<PackageNames, 1> vlc{{{"vlc", "vlc", "vlc", "vlc"}}};
  EXPECT_EQ(install_command(PlayerKind::kVlc), pixelpass::install_command(vlc));
}

TEST(PlayerCommandTest, MpvPlaysTheUrlWithoutTheUsersSettings) {
  const auto command = mpv_command(kUrl);
  EXPECT_EQ(command.front(), "mpv");
  EXPECT_EQ(command.back(), kUrl);
  EXPECT_THAT(command, Contains("--no-config"));
}

TEST(PlayerCommandTest, MpvDropsLateFramesInsteadOfKeepingTheirLatency) {
  const auto command = mpv_command(kUrl);
  const auto profile = std::ranges::find(command, "--profile=low-latency");
  const auto hacks = std::ranges::find(command, "--video-latency-hacks=no");
  ASSERT_NE(hacks, command.end());
  EXPECT_LT(profile, hacks) << "the profile would turn them on again";
  EXPECT_THAT(command, Not(Contains(StartsWith("--untimed"))));
}

TEST(PlayerCommandTest, MpvHoldsDecodedSoundWhichTheProfileWouldNot) {
  const auto command = mpv_command(kUrl);
  const auto profile = std::ranges::find(command, "--profile=low-latency");
  const auto buffer = std::ranges::find(command, "--audio-buffer=0.1");
  ASSERT_NE(buffer, command.end());
  EXPECT_LT(profile, buffer) << "the profile would turn it off again";
}

TEST(PlayerCommandTest, MpvGetsNoOptionThatOnlySomeVersionsHave) {
  EXPECT_THAT(mpv_command(kUrl), Each(Not(StartsWith("--fps"))));
  EXPECT_THAT(mpv_command(kUrl), Each(Not(StartsWith("--container-fps"))));
}

TEST(PlayerCommandTest, VlcIsNotHandedToOneThatRunsAlready) {
  const auto command = vlc_command(kUrl);
  EXPECT_EQ(command.front(), "vlc");
  EXPECT_EQ(command.back(), kUrl);
  EXPECT_THAT(command, Contains("--no-one-instance"));
  EXPECT_THAT(command, Contains("--play-and-exit"));
}

TEST(PlayerCommandTest, BothAreToldTheFormatSoThatTheHostCannotChooseIt) {
  EXPECT_THAT(mpv_command(kUrl), Contains("--demuxer=lavf"));
  EXPECT_THAT(mpv_command(kUrl), Contains("--demuxer-lavf-format=mpegts"));
  EXPECT_THAT(vlc_command(kUrl), Contains("--demux=ts"));
}

TEST(PlayerCommandTest, OnAMachineWithAProxyVlcIsStartedWithoutIt) {
  auto command = vlc_command(kUrl);
  command.insert(command.begin(), {"env", "-u", "http_proxy"});
  EXPECT_EQ(vlc_command_line(kUrl, "http://proxy:3128"), command);
  EXPECT_EQ(vlc_command_line(kUrl, nullptr), vlc_command(kUrl));
  EXPECT_EQ(vlc_command_line(kUrl, ""), vlc_command(kUrl));
}

TEST(PlayerEnvironmentTest, HasNeitherProxiesNorWhatWasMeantForUs) {
  std::vector<std::string> ours{
      "http_proxy=http://p:1", "ALL_PROXY=x",      "no_proxy=localhost", "PATH=/bin", "PIXELPASS_TICKET=pp1x",
      "LD_PRELOAD=libmine.so", "LANG=de_DE.UTF-8", "PROXY_NAME=kept",    "odd"};
  std::vector<char*> pointers;
  for (auto& entry : ours) pointers.push_back(entry.data());
  pointers.push_back(nullptr);
  const auto theirs = player_environment(pointers.data());
  ASSERT_EQ(theirs.back(), nullptr);
  EXPECT_THAT(std::vector<std::string>(theirs.begin(), theirs.end() - 1),
              testing::ElementsAre("PATH=/bin", "LD_PRELOAD=libmine.so", "LANG=de_DE.UTF-8",
                                   "PROXY_NAME=kept", "odd"));
  const auto browsers = player_environment(pointers.data(), Proxies::kKeep);
  EXPECT_THAT(std::vector<std::string>(browsers.begin(), browsers.end() - 1),
              testing::ElementsAre("http_proxy=http://p:1", "ALL_PROXY=x", "no_proxy=localhost", "PATH=/bin",
                                   "LD_PRELOAD=libmine.so", "LANG=de_DE.UTF-8", "PROXY_NAME=kept", "odd"));
}

TEST(PlayerCommandTest, EachKindHasItsCommand) {
  EXPECT_EQ(player_command(PlayerKind::kMpv, kUrl), mpv_command(kUrl));
  EXPECT_EQ(player_command(PlayerKind::kVlc, kUrl), vlc_command(kUrl));
}

TEST(PlayerCommandTest, NeedsNoQuotesInAShellForItself) {
  EXPECT_EQ(to_shell(mpv_command(kUrl)).find('\''), std::string::npos);
}

TEST(ToShellTest, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(to_shell({"a", "b-c_d=/e.f:g,h@1%+"}), "a b-c_d=/e.f:g,h@1%+");
  EXPECT_EQ(to_shell({"two words"}), "'two words'");
  EXPECT_EQ(to_shell({"it's"}), "'it'\\''s'");
  EXPECT_EQ(to_shell({""}), "''");
  EXPECT_EQ(to_shell({"$HOME", "~", "a;b", "*", "\n"}), "'$HOME' '~' 'a;b' '*' '\n'");
  EXPECT_EQ(to_shell({}), "");
}

TEST(FindPlayerTest, PrefersMpv) {
  Programs programs;
  programs.add("vlc");
  programs.add("mpv");
  EXPECT_EQ(find_player(std::nullopt, programs.path().c_str()), PlayerKind::kMpv);
}

TEST(FindPlayerTest, TakesVlcWhereThereIsNoMpv) {
  Programs programs;
  programs.add("vlc");
  EXPECT_EQ(find_player(std::nullopt, programs.path().c_str()), PlayerKind::kVlc);
}

TEST(FindPlayerTest, TakesOnlyTheOneThatIsWanted) {
  Programs programs;
  programs.add("mpv");
  EXPECT_EQ(find_player(PlayerKind::kMpv, programs.path().c_str()), PlayerKind::kMpv);
  EXPECT_EQ(find_player(PlayerKind::kVlc, programs.path().c_str()), std::nullopt);
}

TEST(FindPlayerTest, LooksInAllFoldersForWhatCanBeRun) {
  Programs first;
  Programs second;
  first.add("mpv", 0600);
  EXPECT_EQ(find_player(std::nullopt, (first.path() + "::/nowhere:").c_str()), std::nullopt);
  second.add("mpv");
  EXPECT_EQ(find_player(std::nullopt, (first.path() + ":" + second.path()).c_str()), PlayerKind::kMpv);
  EXPECT_EQ(find_player(std::nullopt, ""), std::nullopt);
}

}  // namespace
}  // namespace pixelpass::playback
