#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::capture {

/// The folder for state that outlives a run: $XDG_STATE_HOME/pixelpass, else ~/.local/state/pixelpass (XDG
/// Base Directory Specification: a relative path counts as none). Nullopt: neither variable is set. A null
/// pointer means that the variable is not set.
std::optional<std::filesystem::path> state_folder(const char* xdg_state_home, const char* home);
/// The same, from this process's environment.
std::optional<std::filesystem::path> state_folder();

/// The portal's restore token, with which a later run captures the same screen without asking. It is a
/// capability, so only its owner can read the file (0600 in a folder 0700), and it is written whole or not at
/// all. No failure here fails a start: without a token the user is asked.
class RestoreToken {
 public:
  explicit RestoreToken(std::filesystem::path file) : file_(std::move(file)) {}

  /// The token; nullopt: there is none, or the file's content cannot be one.
  [[nodiscard]] std::optional<std::string> load() const;
  /// Stores a token. False: the text cannot be one, or cannot be written; an older one is then still there.
  bool save(std::string_view token) const;  // NOLINT(modernize-use-nodiscard): the user is asked, that is all
  void forget() const;

 private:
  std::filesystem::path file_;
};

/// Whether the text can be a token: one line of printable ASCII without spaces, 512 bytes at most. For the
/// portal it is an opaque string; actual ones are UUIDs.
bool is_restore_token(std::string_view text);

}  // namespace pixelpass::capture
