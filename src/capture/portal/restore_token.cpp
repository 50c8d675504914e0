#include "pixelpass/capture/portal/restore_token.hpp"

#include "pixelpass/base/own_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace pixelpass::capture {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxToken = 512;
constexpr mode_t kOwnerOnly = 0700;

/// At most one byte more than a token with its newline, so that a longer file is noticed.
std::string read_start(const Descriptor& file) {
  std::string text(kMaxToken + 2, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

bool make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  return ::mkdir(folder.c_str(), kOwnerOnly) == 0 || is_own_folder(folder);
}

}  // namespace

std::optional<fs::path> state_folder(const char* xdg_state_home, const char* home) {
  if (xdg_state_home != nullptr && *xdg_state_home == '/') return fs::path(xdg_state_home) / "pixelpass";
  if (home != nullptr && *home == '/') return fs::path(home) / ".local/state/pixelpass";
  return std::nullopt;
}

std::optional<fs::path> state_folder() {
  return state_folder(std::getenv("XDG_STATE_HOME"), std::getenv("HOME"));
}

bool is_restore_token(std::string_view text) {
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  return !text.empty() && text.size() <= kMaxToken && std::ranges::all_of(text, printable);
}

std::optional<std::string> RestoreToken::load() const {
  // A link is not followed: save() replaces what is there by a file.
  const Descriptor file = open_to_read(file_, Links::kRefuse);
  if (!file.is_open() || !objection_to_file(file.get(), kMaxToken + 1).empty()) return std::nullopt;
  std::string text = read_start(file);
  if (text.ends_with('\n')) text.pop_back();
  if (!is_restore_token(text)) return std::nullopt;
  return text;
}

bool RestoreToken::save(std::string_view token) const {
  if (!is_restore_token(token) || !make_folder(file_.parent_path())) return false;
  return replace_own_file(file_, std::string(token) + "\n");
}

void RestoreToken::forget() const {
  ::unlink(file_.c_str());
}

}  // namespace pixelpass::capture
