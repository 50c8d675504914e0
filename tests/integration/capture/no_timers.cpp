#include "no_timers.hpp"

#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace pixelpass::capture::test {
namespace {

std::atomic<int> refusals_left = 0;
std::atomic<int> refusals_made = 0;

}  // namespace

NoTimers::NoTimers(int refusals) {
  refusals_made = 0;
  refusals_left = refusals;
}

NoTimers::~NoTimers() {
  refusals_left = 0;
}

bool NoTimers::refused() {
  return refusals_made > 0;
}

}  // namespace pixelpass::capture::test

/// The program's own goes before the C library's, for the libraries too.
extern "C" __attribute__((visibility("default"))) int timerfd_create(int clock, int flags) noexcept {
  using namespace pixelpass::capture::test;
  if (refusals_left > 0) {
    --refusals_left;
    ++refusals_made;
    errno = EMFILE;
    return -1;
  }
  return static_cast<int>(syscall(SYS_timerfd_create, clock, flags));
}
