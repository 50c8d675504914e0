#include "pixelpass/base/private_folder.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/owner.hpp"
#include "pixelpass/base/temporary_folder.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace pixelpass {
namespace {

namespace fs = std::filesystem;

/// Of folders among the temporary files; and what mkdtemp puts in place of the end of its template.
constexpr std::string_view kPrefix = "pixelpass-";
constexpr std::string_view kRandom = "XXXXXX";

[[noreturn]] void fail(const fs::path& path) {
  throw fs::filesystem_error("cannot make a private folder", path, {errno, std::generic_category()});
}

void make(const fs::path& path) {
  if (!make_own_folder(path)) fail(path);
}

fs::path in_runtime_folder(const fs::path& runtime) {
  const fs::path mine = runtime / "pixelpass" / owner_tag();
  make(mine.parent_path());
  make(mine);
  std::string name = mine / "XXXXXX";
  if (mkdtemp(name.data()) == nullptr) fail(name);
  return name;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// The folder is there, and others may do in it as they like (another user's after sudo, /tmp): no place for
/// secrets.
bool is_of_others(const fs::path& runtime) {
  std::error_code error;
  const fs::path real = fs::canonical(runtime, error);
  return !error && !is_own_folder(real);
}

fs::path in_temporary_folder() {
  std::string name = temporary_folder() / (std::string(kPrefix) + owner_tag() + "-").append(kRandom);
  if (mkdtemp(name.data()) == nullptr) fail(name);
  return name;
}

}  // namespace

std::string owner_tag_in_name(const fs::path& folder) {
  const std::string name = folder.filename();
  const auto end = name.rfind('-');
  if (!name.starts_with(kPrefix) || end == name.npos || end < kPrefix.size()) return {};
  // A dated folder (pixelpass-2026-11-30) is somebody's work.
  const auto random = std::string_view(name).substr(end + 1);
  if (random.size() != kRandom.size() || !std::ranges::all_of(random, is_letter_or_digit)) return {};
  auto tag = name.substr(kPrefix.size(), end - kPrefix.size());
  return parse_owner_tag(tag) ? tag : std::string();
}

PrivateFolder::PrivateFolder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  // Relative: as if it were not set (XDG Base Directory Specification).
  const bool set = runtime != nullptr && *runtime == '/';
  path_ = set && !is_of_others(runtime) ? in_runtime_folder(runtime) : in_temporary_folder();
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  // Ours, if it was the last; others' are not empty.
  if (path_.parent_path().filename() == owner_tag()) {
    fs::remove(path_.parent_path(), ignored);
    fs::remove(path_.parent_path().parent_path(), ignored);
  }
}

}  // namespace pixelpass
