#include "cli/config_init.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/own_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace pixelpass::cli {
namespace {

constexpr const char* kElsewhere = "name another: pixelpass config --init --config FILE";

[[noreturn]] void give_up(const std::string& file, int error) {
  throw StartupError(file + " cannot be written: " + std::strerror(error), kElsewhere,
                     ExitCode::kCouldNotStart);
}

/// Creates missing folders for this user alone, as the XDG base directory specification requires.
void make_folders(const std::filesystem::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0 || folder == folder.parent_path()) return;
  make_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) give_up(folder.string(), errno);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::write(fd, text.data(), text.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

void write_config(const std::string& file, const std::string& text) {
  if (file.empty()) throw StartupError("HOME is not set: there is no place for a configuration", kElsewhere);
  make_folders(std::filesystem::path(file).parent_path());
  const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.is_open() && errno == EEXIST)
    throw StartupError(file + " is there already, and is left as it is",
                       std::string("see what is in it: pixelpass config; or ") + kElsewhere,
                       ExitCode::kUsage);
  if (!fd.is_open()) give_up(file, errno);
  if (write_all(fd.get(), text)) return;
  const int error = errno;
  ::unlink(file.c_str());  // half of it would be read as all
  give_up(file, error);
}

}  // namespace pixelpass::cli
