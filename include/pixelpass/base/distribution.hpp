#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pixelpass {

/// The package managers that are known.
enum class PackageManager : std::uint8_t { kUnknown, kApt, kDnf, kPacman, kZypper };

/// A piece of software under the name that each distribution family packages it as; empty: not packaged.
struct PackageNames {
  std::string_view apt;
  std::string_view dnf;
  std::string_view pacman;
  std::string_view zypper;
};

/// Reads the text of an os-release file (os-release(5)): ID first, then ID_LIKE in its order.
PackageManager package_manager_of(std::string_view os_release);
/// This machine's package manager, by /etc/os-release, else /usr/lib/os-release.
PackageManager package_manager();

/// The command to type, such as "sudo apt install mpv vlc"; `as_root` leaves out sudo. If the manager is
/// unknown, or has none of the packages: "install mpv, vlc", with Debian's names.
std::string install_command(std::span<const PackageNames> packages, PackageManager manager, bool as_root);
/// The same for this machine and user.
std::string install_command(std::span<const PackageNames> packages);

}  // namespace pixelpass
