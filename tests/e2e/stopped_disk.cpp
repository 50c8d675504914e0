// Loaded (LD_PRELOAD) into a pixelpass whose disk is to stand still: once the file PIXELPASS_TEST_STOPPED is
// there, no write into the file PIXELPASS_TEST_DISK_OF comes back. The first that does not makes a file of
// the other's name, with the ending ".reached".

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

bool is_stopped() {
  const char* path = getenv("PIXELPASS_TEST_STOPPED");
  return path != nullptr && access(path, F_OK) == 0;
}

bool is_on_the_disk(int fd) {
  const char* path = getenv("PIXELPASS_TEST_DISK_OF");
  struct stat one {};
  struct stat other {};
  return path != nullptr && stat(path, &one) == 0 && fstat(fd, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

void tell_reached() {
  std::string path = getenv("PIXELPASS_TEST_STOPPED");
  path.replace(path.rfind('.'), std::string::npos, ".reached");
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) close(file);
}

void wait_for_disk(int fd) {
  while (is_stopped() && is_on_the_disk(fd)) {
    tell_reached();
    pause();
  }
}

template <typename Function>
Function next_one(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) ssize_t write(int fd, const void* bytes, size_t size) {
  wait_for_disk(fd);
  static const auto next = next_one<ssize_t (*)(int, const void*, size_t)>("write");
  return next(fd, bytes, size);
}

extern "C" __attribute__((visibility("default"))) ssize_t writev(int fd, const iovec* pieces, int count) {
  wait_for_disk(fd);
  static const auto next = next_one<ssize_t (*)(int, const iovec*, int)>("writev");
  return next(fd, pieces, count);
}
