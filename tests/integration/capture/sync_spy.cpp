#include "sync_spy.hpp"

#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <mutex>

namespace pixelpass::capture::test {
namespace {

std::mutex spy_mutex;  ///< guards the next one
std::vector<std::uint64_t> spy_heard;

}  // namespace

void SyncSpy::begin() {
  const std::lock_guard lock(spy_mutex);
  spy_heard.clear();
}

std::vector<std::uint64_t> SyncSpy::heard() {
  const std::lock_guard lock(spy_mutex);
  return spy_heard;
}

}  // namespace pixelpass::capture::test

/// The program's own goes before the C library's, for the libraries too.
extern "C" __attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  if (request == DMA_BUF_IOCTL_SYNC && argument != nullptr) {
    using namespace pixelpass::capture::test;
    const std::lock_guard lock(spy_mutex);
    spy_heard.push_back(static_cast<const dma_buf_sync*>(argument)->flags);
  }
  return static_cast<int>(syscall(SYS_ioctl, fd, request, argument));
}
