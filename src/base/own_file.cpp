#include "pixelpass/base/own_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace pixelpass {
namespace {

bool write_all(const Descriptor& file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.get()) == 0;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor open_to_read(const std::filesystem::path& file, Links links) {
  const int follow = links == Links::kRefuse ? O_NOFOLLOW : 0;
  return Descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow));
}

std::string objection_to_file(int fd, off_t most_bytes) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return std::string("cannot be read: ") + std::strerror(errno);
  if (!S_ISREG(status.st_mode)) return "is not a regular file";
  if (status.st_uid != ::geteuid())
    return "belongs to another user (uid " + std::to_string(status.st_uid) + ")";
  if (status.st_size > most_bytes)
    return "has " + std::to_string(status.st_size) + " bytes, more than the " + std::to_string(most_bytes) +
           " that are read";
  return {};
}

std::optional<std::string> read_own_file(const std::filesystem::path& file, off_t most_bytes) {
  const auto descriptor = open_to_read(file, Links::kRefuse);
  if (!descriptor.is_open() || !objection_to_file(descriptor.get(), most_bytes).empty()) return std::nullopt;
  std::string text(static_cast<std::size_t>(most_bytes), '\0');
  const auto got = ::pread(descriptor.get(), text.data(), text.size(), 0);
  if (got < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

bool replace_own_file(const std::filesystem::path& file, std::string_view text) {
  std::string beside = file.string() + ".XXXXXX";
  const Descriptor descriptor(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (!descriptor.is_open()) return false;
  if (write_all(descriptor, text) && ::rename(beside.c_str(), file.c_str()) == 0) return true;
  const int why = errno;
  ::unlink(beside.c_str());
  errno = why;
  return false;
}

bool is_own_folder(const std::filesystem::path& folder) {
  struct stat status {};
  constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & kOthersWrite) == 0;
}

bool make_own_folder(const std::filesystem::path& folder) {
  // Created as it has to be: there is no moment in which others can look in.
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return false;
  if (is_own_folder(folder)) return true;
  errno = EPERM;
  return false;
}

}  // namespace pixelpass
