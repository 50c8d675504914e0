#include "playback/recording_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

namespace pixelpass::playback {
namespace {

// A recording of a screen is readable by its owner alone. Non-blocking, for a FIFO without a reader.
constexpr mode_t kOwnerOnly = 0600;
constexpr int kOpenFlags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int kMostFiles = 999;

/// Locks the file as long as it is open. False: another recording has it. A file system without locks does
/// not prevent recording.
bool is_for_us(int fd) {
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void take_for_ourselves(int fd, const std::string& path) {
  if (is_for_us(fd)) return;
  throw StartupError("another recording is being written to " + path, "name another file: --record OTHER.ts");
}

Descriptor open_or_create(const std::string& path) {
  Descriptor fd(::open(path.c_str(), kOpenFlags, kOwnerOnly));
  if (fd.get() < 0) throw cannot_write(path, errno);
  return fd;
}

std::filesystem::path numbered(const std::filesystem::path& first, int number) {
  auto next = first;
  next.replace_filename(first.stem().string() + "-" + std::to_string(number) + first.extension().string());
  return next;
}

bool holds_something(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && std::filesystem::file_size(path, error) > 0;
}

/// The name with this number; the first one is `path` itself.
std::filesystem::path nth_name(const std::string& path, int number) {
  if (number > kMostFiles)
    throw StartupError("there are " + std::to_string(kMostFiles) + " recordings beside " + path + " already",
                       "move them away, or give another name");
  return number == 1 ? std::filesystem::path(path) : numbered(path, number);
}

/// The first name whose file is empty or missing.
std::string name_beside_recordings(const std::string& path) {
  int number = 1;
  while (holds_something(nth_name(path, number))) ++number;
  return nth_name(path, number);
}

/// Opens a free name. Another viewer may begin at the same time, so the file is checked again once it is
/// locked.
Descriptor open_beside_recordings(std::string& path) {
  for (int number = 1;; ++number) {
    const auto name = nth_name(path, number);
    if (holds_something(name)) continue;
    Descriptor fd = open_or_create(name);
    if (is_regular(fd.get()) && (!is_for_us(fd.get()) || holds_something(name))) continue;
    path = name;
    return fd;
  }
}

constexpr int kDeleted = ENOENT;

bool has_name(int fd) {
  struct stat status {};
  return fstat(fd, &status) != 0 || status.st_nlink > 0;
}

const char* hint_for(int error) {
  if (error == EFBIG) return "this disk, or a limit (ulimit -f), takes no larger file";
  return "check the disk's free space";
}

}  // namespace

Descriptor open_recording(std::string& path, OlderFile older) {
  if (older == OlderFile::kKept) return open_beside_recordings(path);
  Descriptor fd = open_or_create(path);
  if (is_regular(fd.get())) take_for_ourselves(fd.get(), path);
  if (older == OlderFile::kRefused && holds_something(path))
    throw StartupError(path + " is there already, and is left as it is: a recording wants a new file",
                       "--record " + name_beside_recordings(path) + " would be one; --overwrite replaces it",
                       ExitCode::kUsage);
  return fd;
}

Descriptor open_next_recording(std::string& path, int& number) {
  const std::filesystem::path first(path);
  while (++number <= kMostFiles) {
    const auto next = numbered(first, number);
    Descriptor fd(::open(next.c_str(), kOpenFlags | O_EXCL, kOwnerOnly));
    if (fd.get() < 0 && errno == EEXIST) continue;
    if (fd.get() < 0) throw cannot_write(next, errno);
    take_for_ourselves(fd.get(), next);
    path = next;
    return fd;
  }
  throw StartupError("there are 999 recordings beside " + path, "name another file");
}

bool is_regular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

DeletionWatch::DeletionWatch(int fd) : had_name_(is_regular(fd) && has_name(fd)) {}

int DeletionWatch::look(int fd) const {
  return had_name_ && !has_name(fd) ? kDeleted : 0;
}

StartupError cannot_write(const std::string& name, int error) {
  std::error_code ignored;
  if (error == ENXIO && std::filesystem::is_fifo(name, ignored))
    return {"cannot write to " + name + ": nobody reads from it", "start first what is to read from it"};
  return {"cannot write to " + name + ": " + std::strerror(error),
          "name a file in a folder that exists and that you may write to"};
}

Error writing_failed(const std::string& name, int error) {
  if (error == kDeleted)
    return {.what = name + " was deleted while it was written",
            .hint = "leave it where it is, and start again"};
  if (error == EPIPE)
    return {.what = "nobody reads from " + name + " any more",
            .hint = "start first what is to read from it, and then again"};
  return {.what = "writing to " + name + " failed: " + std::strerror(error), .hint = hint_for(error)};
}

RecordingNotice disk_too_slow(const std::string& what) {
  return {"the disk does not keep up: parts of " + what + " are missing", "record to a faster one"};
}

}  // namespace pixelpass::playback
