#include "pixelpass/base/distribution.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pixelpass {
namespace {

constexpr std::array<PackageNames, 2> kTwo{{{"mpv-deb", "mpv-rpm", "mpv-arch", ""}, {"vlc", "vlc", "", ""}}};

TEST(Distribution, KnowsTheFamiliesByTheirOwnName) {
  EXPECT_EQ(package_manager_of("ID=debian\n"), PackageManager::kApt);
  EXPECT_EQ(package_manager_of("NAME=x\nID=fedora\nVERSION_ID=40\n"), PackageManager::kDnf);
  EXPECT_EQ(package_manager_of("ID=arch"), PackageManager::kPacman);
  EXPECT_EQ(package_manager_of("ID=\"opensuse-tumbleweed\"\n"), PackageManager::kZypper);
}

TEST(Distribution, KnowsARelativeByWhatItIsLike) {
  EXPECT_EQ(package_manager_of("ID=pop\nID_LIKE=\"ubuntu debian\"\n"), PackageManager::kApt);
  EXPECT_EQ(package_manager_of("ID=nobara\nID_LIKE='foo fedora'\n"), PackageManager::kDnf);
}

TEST(Distribution, OtherKeysAreNotMistakenForTheName) {
  EXPECT_EQ(package_manager_of("VERSION_ID=debian\nIDX=debian\nID_LIKE\nID=\n"), PackageManager::kUnknown);
  EXPECT_EQ(package_manager_of(""), PackageManager::kUnknown);
}

TEST(Distribution, CommandNamesThePackagesOfThatFamily) {
  EXPECT_EQ(install_command(kTwo, PackageManager::kApt, false), "sudo apt install mpv-deb vlc");
  EXPECT_EQ(install_command(kTwo, PackageManager::kDnf, true), "dnf install mpv-rpm vlc");
}

TEST(Distribution, WhatAFamilyDoesNotPackageIsLeftOut) {
  EXPECT_EQ(install_command(kTwo, PackageManager::kPacman, false), "sudo pacman -S mpv-arch");
}

TEST(Distribution, UnknownFamilyGetsTheNamesWithoutACommand) {
  EXPECT_EQ(install_command(kTwo, PackageManager::kUnknown, false), "install mpv-deb, vlc");
  EXPECT_EQ(install_command(kTwo, PackageManager::kZypper, false), "install mpv-deb, vlc");
}

}  // namespace
}  // namespace pixelpass
