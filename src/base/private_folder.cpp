#include "pixelpass/base/private_folder.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/owner.hpp"
#include "pixelpass/base/temporary_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace pixelpass {
namespace {

namespace fs = std::filesystem;

/// The prefix of folders among the temporary files, and the part that mkdtemp replaces in its template.
constexpr std::string_view kPrefix = "pixelpass-";
constexpr std::string_view kRandom = "XXXXXX";
/// How long a folder is waited for that is claimed: the claim ends after a look, or the removal.
constexpr std::chrono::seconds kMostClaimed{5};
/// How often a folder is made again that was removed meanwhile.
constexpr int kMostAttempts = 10;

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

/// Whether the folder exists and others can write to it (another user's after sudo, /tmp), so that it is no
/// place for secrets.
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

Descriptor open_folder(const fs::path& folder) {
  return Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// Takes a shared lock, since a process may have several folders. Waits while another process claims it
/// (claim_folder()). Without locks, or if another process hangs, only the process number protects the folder.
Descriptor hold(const fs::path& folder) {
  Descriptor held = open_folder(folder);
  const auto until = std::chrono::steady_clock::now() + kMostClaimed;
  while (held.is_open() && ::flock(held.get(), LOCK_SH | LOCK_NB) != 0 &&
         (errno == EWOULDBLOCK || errno == EINTR) && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return held;
}

fs::path make_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  // A relative path counts as not set (XDG Base Directory Specification).
  const bool set = runtime != nullptr && *runtime == '/';
  return set && !is_of_others(runtime) ? in_runtime_folder(runtime) : in_temporary_folder();
}

/// The folder whose name has our tag: the one of all our folders, or among the temporary files this one.
fs::path tagged(const fs::path& folder) {
  return folder.parent_path().filename() == owner_tag() ? folder.parent_path() : folder;
}

}  // namespace

std::optional<Descriptor> claim_folder(const fs::path& folder) {
  Descriptor claim = open_folder(folder);
  if (claim.is_open() && ::flock(claim.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return std::nullopt;
  return claim;
}

std::string owner_tag_in_name(const fs::path& folder) {
  const std::string name = folder.filename();
  const auto end = name.rfind('-');
  if (!name.starts_with(kPrefix) || end == name.npos || end < kPrefix.size()) return {};
  // A folder with a date (pixelpass-2026-11-30) is not ours.
  const auto random = std::string_view(name).substr(end + 1);
  if (random.size() != kRandom.size() || !std::ranges::all_of(random, is_letter_or_digit)) return {};
  auto tag = name.substr(kPrefix.size(), end - kPrefix.size());
  return parse_owner_tag(tag) ? tag : std::string();
}

PrivateFolder::PrivateFolder() {
  for (int attempt = 1;; ++attempt) {
    try {
      path_ = make_folder();
      held_.emplace(hold(tagged(path_)));
      if (fs::is_directory(path_)) return;
      errno = ENOENT;
      fail(path_);
    } catch (const fs::filesystem_error& error) {
      // The folder, or its parent, was removed by another process before it was locked.
      if (error.code() != std::errc::no_such_file_or_directory || attempt == kMostAttempts) throw;
    }
  }
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  // Removed if this was the last of our folders; otherwise it is not empty.
  if (const fs::path mine = tagged(path_); mine != path_) {
    fs::remove(mine, ignored);
    fs::remove(mine.parent_path(), ignored);
  }
}

}  // namespace pixelpass
