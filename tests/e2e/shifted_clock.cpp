// Loaded (LD_PRELOAD) into a pixelpass whose clock is to be wrong: the wall clock is
// PIXELPASS_TEST_CLOCK_AHEAD seconds ahead. Time namespaces (time_namespaces(7)) shift all clocks but this
// one.

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t which,
                                                                    timespec* time) noexcept {
  // Not the libraries' own: they may not be there yet.
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, which, time));
  const char* ahead = getenv("PIXELPASS_TEST_CLOCK_AHEAD");
  if (result == 0 && which == CLOCK_REALTIME && ahead != nullptr) time->tv_sec += std::atol(ahead);
  return result;
}
