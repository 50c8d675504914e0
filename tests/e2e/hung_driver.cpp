// Loaded (LD_PRELOAD) into a pixelpass whose GPU's driver is to hang: once the file PIXELPASS_TEST_HANGS is
// there, no pipeline of GStreamer's comes to its last change of state, to NULL, and no read from standard
// input returns, as of a disk on the network that has gone. The read that hangs makes a file of that name and
// ".reached". Once there is one of that name and ".writes", no write into a file *.mkv returns either; with
// ".syncs" no fsync of a file *.new, until it has gone again. As long as there is one of that name and
// ".threads", no thread can be started.

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>

namespace {

constexpr int kToNull = 1;  // GST_STATE_NULL

bool hangs(const char* what = "") {
  const char* path = getenv("PIXELPASS_TEST_HANGS");
  return path != nullptr && access((path + std::string(what)).c_str(), F_OK) == 0;
}

bool is_called(int fd, const char (&ending)[5]) {
  std::string path(PATH_MAX, '\0');
  const auto size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size());
  return size > 4 && path.compare(static_cast<std::size_t>(size) - 4, 4, ending) == 0;
}

void tell_reached() {
  const std::string path = std::string(getenv("PIXELPASS_TEST_HANGS")) + ".reached";
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) close(file);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int gst_element_set_state(void* element, int state) {
  while (state == kToNull && hangs()) pause();
  using SetState = int (*)(void*, int);
  static const auto next = reinterpret_cast<SetState>(dlsym(RTLD_NEXT, "gst_element_set_state"));
  return next(element, state);
}

extern "C" __attribute__((visibility("default"))) ssize_t read(int fd, void* buffer, size_t count) {
  while (fd == STDIN_FILENO && hangs()) {
    tell_reached();
    pause();
  }
  using Read = ssize_t (*)(int, void*, size_t);
  static const auto next = reinterpret_cast<Read>(dlsym(RTLD_NEXT, "read"));
  return next(fd, buffer, count);
}

extern "C" __attribute__((visibility("default"))) ssize_t write(int fd, const void* bytes, size_t count) {
  while (hangs(".writes") && is_called(fd, ".mkv")) pause();
  using Write = ssize_t (*)(int, const void*, size_t);
  static const auto next = reinterpret_cast<Write>(dlsym(RTLD_NEXT, "write"));
  return next(fd, bytes, count);
}

extern "C" __attribute__((visibility("default"))) int fsync(int fd) {
  if (is_called(fd, ".new") && hangs(".syncs")) tell_reached();
  while (is_called(fd, ".new") && hangs(".syncs")) usleep(10'000);
  using Sync = int (*)(int);
  static const auto next = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fsync"));
  return next(fd);
}

extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t* thread,
                                                                     const pthread_attr_t* attributes,
                                                                     void* (*run)(void*), void* data) {
  if (hangs(".threads")) return EAGAIN;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto next = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return next(thread, attributes, run, data);
}
