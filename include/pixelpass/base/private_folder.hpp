#pragma once

#include "pixelpass/base/own_file.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace pixelpass {

/// A folder that only this user can look into, for what this process needs while it runs: sockets, passwords.
/// $XDG_RUNTIME_DIR/pixelpass/<owner_tag()>/<random>, or pixelpass-<owner_tag()>-<random> in the folder for
/// temporary files where that variable is not set or names a folder that is not this user's alone. Removed,
/// with all that is in it, by the destructor. What a killed process leaves goes with `pixelpass repair`, or
/// when the user logs out.
class PrivateFolder {
 public:
  /// Waits, at most seconds, while somebody claims it (claim_folder()). Throws
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

/// Takes a folder (an owner's, or a private one among the temporary files) that no process has in use, as its
/// lock says (flock(2)): also of another PID namespace, whose number means nothing here. As long as the
/// result lives nobody begins to use it: to be removed, or let go at once. Nullopt: it is in use, or claimed.
/// Closed: it cannot be opened, or files have no locks there.
std::optional<Descriptor> claim_folder(const std::filesystem::path& folder);

/// The tag in the name of such a folder among the temporary files; empty: it is no such name.
std::string owner_tag_in_name(const std::filesystem::path& folder);

}  // namespace pixelpass
