// Loaded (LD_PRELOAD) into a pixelpass whose clock is to be wrong: the wall clock is ahead by the seconds in
// the file PIXELPASS_TEST_CLOCK, which may change meanwhile, as when somebody sets the clock. Time namespaces
// (time_namespaces(7)) shift all clocks but this one.

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace {

long seconds_ahead() {
  const char* path = getenv("PIXELPASS_TEST_CLOCK");
  if (path == nullptr) return 0;
  const int before = errno;
  std::array<char, 32> text{};
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t size = read(file, text.data(), text.size() - 1);
  close(file);
  errno = before;
  return size > 0 ? std::atol(text.data()) : 0;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t which,
                                                                    timespec* time) noexcept {
  // Not the libraries' own: they may not be there yet.
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, which, time));
  if (result == 0 && which == CLOCK_REALTIME) time->tv_sec += seconds_ahead();
  return result;
}
