#pragma once

#include <filesystem>
#include <string>

namespace pixelpass {

/// A folder that only this user can look into, for what this process needs while it runs: sockets, passwords.
/// $XDG_RUNTIME_DIR/pixelpass/<owner_tag()>/<random>, or pixelpass-<owner_tag()>-<random> in the folder for
/// temporary files where that variable is not set or names a folder that is not this user's alone. Removed,
/// with all that is in it, by the destructor. What a killed process leaves goes with `pixelpass repair`, or
/// when the user logs out.
class PrivateFolder {
 public:
  /// Throws std::filesystem::filesystem_error.
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The tag in the name of such a folder among the temporary files; empty: it is no such name.
std::string owner_tag_in_name(const std::filesystem::path& folder);

}  // namespace pixelpass
