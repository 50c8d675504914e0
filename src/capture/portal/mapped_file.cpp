#include "capture/portal/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>

namespace pixelpass::capture {

/// Read by the signal's handler, at any moment and on any thread.
struct MappedFile::Guard {
  std::atomic<std::uintptr_t> begin = 0;  ///< 0: it guards nothing; set after the rest, and cleared first
  std::atomic<std::size_t> length = 0;
  std::atomic<bool> has_shrunk = false;
  bool is_taken = false;  ///< guarded by Guards' mutex
};

struct MappedFile::Guards {
  /// The most files at once: a stream has 16 buffers at most, and those of earlier streams may live on for a
  /// while.
  static constexpr std::size_t kMost = 128;

  static inline std::mutex mutex;
  static inline std::array<Guard, kMost> all;
  static inline struct sigaction before {};

  static Guard* take(void* mapped, std::size_t length);
  static void give_back(Guard& guard);
  static void on_signal(int number, siginfo_t* what, void* context) noexcept;
};

MappedFile::Guard* MappedFile::Guards::take(void* mapped, std::size_t length) {
  const std::lock_guard lock(mutex);
  static const bool is_listening = [] {
    struct sigaction action {};
    action.sa_sigaction = &Guards::on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    return sigaction(SIGBUS, &action, &before) == 0;
  }();
  if (!is_listening) return nullptr;
  for (Guard& guard : all) {
    if (guard.is_taken) continue;
    guard.is_taken = true;
    guard.has_shrunk = false;
    guard.length = length;
    guard.begin = reinterpret_cast<std::uintptr_t>(mapped);
    return &guard;
  }
  return nullptr;
}

void MappedFile::Guards::give_back(Guard& guard) {
  guard.begin = 0;
  const std::lock_guard lock(mutex);
  guard.is_taken = false;
}

/// Maps zeros in the file's place, as libwayland does for its clients' buffers.
void MappedFile::Guards::on_signal(int number, siginfo_t* what, void* /*context*/) noexcept {
  const int error = errno;
  const auto at = reinterpret_cast<std::uintptr_t>(what->si_addr);
  for (Guard& guard : all) {
    const std::uintptr_t begin = guard.begin;
    if (what->si_code <= 0 || begin == 0 || at < begin || at - begin >= guard.length) continue;
    void* const zeros = mmap(reinterpret_cast<void*>(begin), guard.length, PROT_READ,
                             MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
    if (zeros == MAP_FAILED) break;
    guard.has_shrunk = true;
    errno = error;
    return;
  }
  // The instruction faults again and the former handler gets the signal; one that was sent is sent again.
  sigaction(number, &before, nullptr);
  if (what->si_code <= 0) raise(number);
  errno = error;
}

MappedFile::MappedFile(int fd, std::size_t offset, std::size_t bytes) {
  const bool is_safe = cannot_shrink(fd);
  struct stat file {};
  if (bytes == 0 || fstat(fd, &file) != 0 || file.st_size < 0) return;
  const auto length = static_cast<std::size_t>(file.st_size);
  if (offset > length || length - offset < bytes) return;
  const auto before = offset % static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* mapped =
      mmap(nullptr, before + bytes, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset - before));
  if (mapped == MAP_FAILED) return;
  mapped_ = mapped;
  length_ = before + bytes;
  if (!is_safe) guard_ = Guards::take(mapped_, length_);
  if (is_safe || guard_ != nullptr) bytes_ = {static_cast<std::uint8_t*>(mapped) + before, bytes};
}

MappedFile::~MappedFile() {
  if (guard_ != nullptr) Guards::give_back(*guard_);
  if (mapped_ != nullptr) munmap(mapped_, length_);
}

bool MappedFile::has_shrunk() const {
  return guard_ != nullptr && guard_->has_shrunk;
}

bool cannot_shrink(int fd) {
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0) return false;
  return (seals & F_SEAL_SHRINK) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
}

}  // namespace pixelpass::capture
