#pragma once

#include "pixelpass/base/own_file.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace pixelpass {

/// A folder that only this user can look into, for what this process needs while it runs: sockets, passwords.
/// $XDG_RUNTIME_DIR/pixelpass/<owner_tag()>/<random>, or pixelpass-<owner_tag()>-<random> in the folder for
/// temporary files if that variable is not set or names a folder that is not this user's alone. The
/// destructor removes it with its content. `pixelpass repair` removes what a killed process has left, or the
/// user's logout.
class PrivateFolder {
 public:
  /// Waits, at most seconds, while another process claims it (claim_folder()). Throws
  /// std::filesystem::filesystem_error.
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<Descriptor> held_;  ///< its lock, for claim_folder(); there once it is made
};

/// Claims a folder (an owner's, or a private temporary one) that no process uses, as its lock tells
/// (flock(2)); also one of another PID namespace, whose process number means nothing here. While the result
/// lives nobody can begin to use it: it is to be removed, or released at once. Nullopt: it is in use, or
/// claimed. Closed: it cannot be opened, or the file system has no locks.
std::optional<Descriptor> claim_folder(const std::filesystem::path& folder);

/// The tag in the name of such a folder among the temporary files; empty: it is no such name.
std::string owner_tag_in_name(const std::filesystem::path& folder);

}  // namespace pixelpass
