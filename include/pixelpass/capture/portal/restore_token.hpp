#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::capture {

/// The folder in which programs keep what outlives a run: $XDG_STATE_HOME/pixelpass, else
/// ~/.local/state/pixelpass (XDG Base Directory Specification: a relative path counts as none). Nullopt:
/// neither variable says where. A null pointer is a variable that is not set.
std::optional<std::filesystem::path> state_folder(const char* xdg_state_home, const char* home);
/// The same, by this process's environment.
std::optional<std::filesystem::path> state_folder();

/// The portal's restore token: with it a later run captures the same screen without asking. It is a
/// capability, so only its owner can read the file (0600 in a folder 0700), and it is written whole or not at
/// all. Nothing here fails a start: without a token the user is asked.
class RestoreToken {
 public:
  explicit RestoreToken(std::filesystem::path file) : file_(std::move(file)) {}

  /// Nullopt: there is none, or what is there cannot be one.
  [[nodiscard]] std::optional<std::string> load() const;
  /// False: it cannot be one, or cannot be written; an older one is then still there.
  bool save(std::string_view token) const;  // NOLINT(modernize-use-nodiscard): the user is asked, that is all
  void forget() const;

 private:
  std::filesystem::path file_;
};

/// Whether this can be a token: one line of printable ASCII without spaces, of 512 bytes at the most. The
/// portal calls it an opaque string; those that are there are UUIDs.
bool is_restore_token(std::string_view text);

}  // namespace pixelpass::capture
