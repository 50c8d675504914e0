#include "pixelpass/cli/line_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <future>
#include <optional>
#include <semaphore>
#include <string>

namespace pixelpass::cli {
namespace {

std::atomic<int> watched_file{-1};
std::counting_semaphore<> watched_writes{0};

/// Each attempt to write into a file is seen while this lives.
class WatchedFile {
 public:
  explicit WatchedFile(int file) { watched_file = file; }
  ~WatchedFile() { watched_file = -1; }
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;
  /// For one more attempt.
  [[nodiscard]] bool wait_for_write() const { return watched_writes.try_acquire_for(20s); }
};

std::string missing_lines(std::uint64_t lines) {
  return std::to_string(lines) + " left out";
}

/// A file of ours that may not grow, as on a disk that is full, while this lives.
class FullDisk {
 public:
  FullDisk() {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(LineWriterTest, a_full_disk_is_told_of_once_and_gets_its_lines_when_there_is_room_again) {
  const int file = memfd_create("disk", MFD_CLOEXEC);
  LineWriter writer(file, missing_lines);
  std::promise<int> told;
  writer.on_failure([&told](int error) { told.set_value(error); });  // a second time throws
  std::optional<FullDisk> full(std::in_place);
  const WatchedFile watched(file);
  writer.write("a\n", LineValue::kOrdinary);
  writer.write("b\n", LineValue::kOrdinary);
  auto error = told.get_future();
  ASSERT_EQ(error.wait_for(20s), std::future_status::ready);
  EXPECT_EQ(error.get(), EFBIG);
  // What is tried again is tried after it was told of.
  for (int attempt = 0; attempt < 3; ++attempt) ASSERT_TRUE(watched.wait_for_write());
  EXPECT_FALSE(writer.drain(Clock::now()));
  EXPECT_FALSE(writer.broken());
  full.reset();
  EXPECT_TRUE(writer.drain(Clock::now() + 20s));
  EXPECT_EQ(writer.failure(), 0);
  std::array<char, 8> written{};
  EXPECT_EQ(pread(file, written.data(), written.size(), 0), 4);
  EXPECT_STREQ(written.data(), "a\nb\n");
  close(file);
}

TEST(LineWriterTest, closing_does_not_take_a_full_disk_for_a_busy_machine) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  LineWriter writer(full, missing_lines);
  std::promise<void> told;
  writer.on_failure([&told](int) { told.set_value(); });
  writer.write("a\n", LineValue::kOrdinary);
  ASSERT_EQ(told.get_future().wait_for(20s), std::future_status::ready);
  writer.close(Clock::now(), 1h);  // would wait for that long
  EXPECT_EQ(writer.failure(), ENOSPC);
  close(full);
}

TEST(LineWriterTest, a_file_that_does_not_work_is_told_of_once_and_not_taken_for_a_reader_who_went) {
  const int file = memfd_create("broken", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), 0);
  LineWriter writer(file, missing_lines);
  std::promise<int> told;
  writer.on_failure([&told](int error) { told.set_value(error); });  // a second time throws
  writer.write("a\n", LineValue::kOrdinary);
  EXPECT_TRUE(writer.drain(Clock::now() + 20s));
  writer.write("b\n", LineValue::kOrdinary);
  EXPECT_TRUE(writer.broken());
  EXPECT_EQ(writer.failure(), EPERM);
  auto error = told.get_future();
  ASSERT_EQ(error.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(error.get(), EPERM);
  close(file);
}

TEST(LineWriterTest, a_reader_who_went_is_no_failure) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  close(ends[0]);
  std::signal(SIGPIPE, SIG_IGN);
  LineWriter writer(ends[1], missing_lines);
  writer.write("a\n", LineValue::kOrdinary);
  EXPECT_TRUE(writer.drain(Clock::now() + 20s));
  EXPECT_TRUE(writer.broken());
  EXPECT_EQ(writer.failure(), 0);
  close(ends[1]);
}

}  // namespace

void note_write(int fd) {
  if (fd == watched_file) watched_writes.release();
}

}  // namespace pixelpass::cli

// In place of the C library's, for what is linked into this program.
extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
  pixelpass::cli::note_write(fd);
  return syscall(SYS_write, fd, bytes, size);
}
