#include "pixelpass/base/distribution.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <vector>

namespace pixelpass {
namespace {

struct Family {
  PackageManager manager;
  std::string_view install;
  std::string_view PackageNames::*name;
  std::array<std::string_view, 6> ids;  ///< values of ID and ID_LIKE
};

constexpr std::array<Family, 4> kFamilies{{
    {PackageManager::kApt, "apt install", &PackageNames::apt, {"debian", "ubuntu", "linuxmint", "raspbian"}},
    {PackageManager::kDnf,
     "dnf install",
     &PackageNames::dnf,
     {"fedora", "rhel", "centos", "rocky", "almalinux"}},
    {PackageManager::kPacman,
     "pacman -S",
     &PackageNames::pacman,
     {"arch", "archlinux", "manjaro", "endeavouros"}},
    {PackageManager::kZypper, "zypper install", &PackageNames::zypper, {"opensuse", "suse", "sles"}},
}};

/// The manager for an ID; "opensuse" covers "opensuse-leap" and "opensuse-tumbleweed".
PackageManager manager_of_id(std::string_view id) {
  const std::string_view stem = id.substr(0, id.find('-'));
  for (const Family& family : kFamilies)
    for (const std::string_view known : family.ids)
      if (!known.empty() && (known == id || known == stem)) return family.manager;
  return PackageManager::kUnknown;
}

/// The value of `key`, quotation marks removed; empty when there is none.
std::string_view value_of(std::string_view os_release, std::string_view key) {
  while (!os_release.empty()) {
    const std::string_view line = os_release.substr(0, os_release.find('\n'));
    os_release.remove_prefix(std::min(line.size() + 1, os_release.size()));
    if (line.size() <= key.size() || !line.starts_with(key) || line[key.size()] != '=') continue;
    std::string_view value = line.substr(key.size() + 1);
    while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '"' || value.back() == '\'')) value.remove_suffix(1);
    return value;
  }
  return {};
}

std::string joined(const std::vector<std::string_view>& names, std::string_view separator) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += separator;
    text += name;
  }
  return text;
}

std::vector<std::string_view> names_in(std::span<const PackageNames> packages,
                                       std::string_view PackageNames::*name) {
  std::vector<std::string_view> names;
  for (const PackageNames& package : packages)
    if (!(package.*name).empty()) names.push_back(package.*name);
  return names;
}

}  // namespace

PackageManager package_manager_of(std::string_view os_release) {
  const PackageManager own = manager_of_id(value_of(os_release, "ID"));
  if (own != PackageManager::kUnknown) return own;
  std::string_view like = value_of(os_release, "ID_LIKE");
  while (!like.empty()) {
    const std::string_view id = like.substr(0, like.find(' '));
    like.remove_prefix(std::min(id.size() + 1, like.size()));
    const PackageManager found = manager_of_id(id);
    if (found != PackageManager::kUnknown) return found;
  }
  return PackageManager::kUnknown;
}

PackageManager package_manager() {
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    std::ifstream file(path);
    if (file) return package_manager_of(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return PackageManager::kUnknown;
}

std::string install_command(std::span<const PackageNames> packages, PackageManager manager, bool as_root) {
  for (const Family& family : kFamilies) {
    if (family.manager != manager) continue;
    const auto names = names_in(packages, family.name);
    if (names.empty()) break;
    std::string command = as_root ? "" : "sudo ";
    command.append(family.install).append(" ").append(joined(names, " "));
    return command;
  }
  return "install " + joined(names_in(packages, &PackageNames::apt), ", ");
}

std::string install_command(std::span<const PackageNames> packages) {
  return install_command(packages, package_manager(), geteuid() == 0);
}

}  // namespace pixelpass
