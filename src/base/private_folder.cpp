#include "pixelpass/base/private_folder.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/owner.hpp"
#include "pixelpass/base/temporary_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace pixelpass {
namespace {

namespace fs = std::filesystem;

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

/// The folder is there, and others may do in it as they like (another user's after sudo, /tmp): no place for
/// secrets.
bool is_of_others(const fs::path& runtime) {
  std::error_code error;
  const fs::path real = fs::canonical(runtime, error);
  return !error && !is_own_folder(real);
}

fs::path in_temporary_folder() {
  std::string name = temporary_folder() / "pixelpass-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) fail(name);
  return name;
}

}  // namespace

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
