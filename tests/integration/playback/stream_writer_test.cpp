#include "../base/no_threads.hpp"
#include "stream_writer_fixture.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <span>

namespace pixelpass::playback {
namespace {

std::atomic<bool> disk_stands_still{false};

/// No write into a file comes back as long as it lives.
class StoppedDisk {
 public:
  StoppedDisk() { disk_stands_still = true; }
  ~StoppedDisk() {
    disk_stands_still = false;
    disk_stands_still.notify_all();
  }
  StoppedDisk(const StoppedDisk&) = delete;
  StoppedDisk& operator=(const StoppedDisk&) = delete;
};

void wait_for_disk(int fd) {
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) disk_stands_still.wait(true);
}

TEST_F(StreamWriterTest, WritesAFileInFull) {
  const auto writer = to_file(folder_.file("out.ts"));
  for (int i = 0; i < 500; ++i) push(*writer, i % 20 == 0, 50);
  EXPECT_FALSE(finish(*writer));
  EXPECT_EQ(read_file(folder_.file("out.ts")), all_);
  EXPECT_EQ(writer->bytes_written(), all_.size());
}

TEST_F(StreamWriterTest, LeavesOutGroupsWhileADiskStandsStillAndSaysSoAtOnce) {
  const auto writer = to_file(folder_.file("out.ts"));
  constexpr std::size_t kFrame = 1000;
  {
    const StoppedDisk stopped;
    // What may wait, and what the broadcast keeps, is full with less.
    for (int i = 0; broadcast_.counters().bytes < (120U << 20); ++i) push(*writer, i % 20 == 0, kFrame);
    EXPECT_EQ(writer->bytes_written(), 0u);
    EXPECT_THAT(notices_, testing::ElementsAre(testing::HasSubstr("does not keep up")));
  }
  EXPECT_FALSE(finish(*writer));
  EXPECT_EQ(notices_.size(), 1u);
  const Bytes written = read_file(folder_.file("out.ts"));
  EXPECT_LT(written.size(), all_.size());
  EXPECT_EQ(written.size() % (kFrame * kPacket), 0u) << "half a frame";
  const auto newest =
      std::span(all_).last(static_cast<std::size_t>((pushed_ - 1) % 20 + 1) * kFrame * kPacket);
  EXPECT_TRUE(std::equal(newest.rbegin(), newest.rend(), written.rbegin()));
}

TEST_F(StreamWriterTest, HasNoEndWhileADiskStandsStillAndAllOfItAfterwards) {
  const auto writer = to_file(folder_.file("out.ts"));
  std::optional<std::optional<Error>> ended;
  {
    const StoppedDisk stopped;
    push(*writer, true);
    push(*writer, false);
    writer->finish([&](const std::optional<Error>& error) { ended = error; });
    io_.poll();
    EXPECT_FALSE(ended);
  }
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  EXPECT_FALSE(*ended);
  EXPECT_EQ(read_file(folder_.file("out.ts")), all_);
}

TEST_F(StreamWriterTest, ReplacesAnOlderFileAndKeepsItPrivate) {
  write_file(folder_.file("new.ts"), Bytes());
  write_file(folder_.file("old.ts"), Bytes(1000, 'x'));
  const auto writer = to_file(folder_.file("old.ts"), OlderFile::kReplaced);
  push(*writer, true, 1);
  EXPECT_FALSE(finish(*writer));
  EXPECT_EQ(read_file(folder_.file("old.ts")), all_);
  const auto fresh = to_file(folder_.file("fresh.ts"));
  struct stat status {};
  ASSERT_EQ(::stat(folder_.file("fresh.ts").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StreamWriterTest, KeepsAnOlderFileUntilThereIsSomethingToWrite) {
  const Bytes older(1000, 'x');
  write_file(folder_.file("old.ts"), older);
  const auto writer = to_file(folder_.file("old.ts"), OlderFile::kReplaced);
  writer->on_broadcast();
  EXPECT_EQ(read_file(folder_.file("old.ts")), older);
  push(*writer, true, 1);
  push(*writer, false, 1);
  EXPECT_FALSE(finish(*writer));
  EXPECT_EQ(read_file(folder_.file("old.ts")), all_);
}

TEST_F(StreamWriterTest, LeavesAnOlderFileAsItIsAndNamesOneThatIsFree) {
  const Bytes older(1000, 'x');
  for (const char* name : {"film.ts", "film-2.ts"}) write_file(folder_.file(name), older);
  try {
    to_file(folder_.file("film.ts"));
    FAIL() << "replaced";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("film.ts is there already"));
    EXPECT_THAT(error.error().hint, testing::HasSubstr("film-3.ts"));
    EXPECT_THAT(error.error().hint, testing::HasSubstr("--overwrite"));
  }
  EXPECT_EQ(read_file(folder_.file("film.ts")), older);
}

TEST_F(StreamWriterTest, TakesAnEmptyFile) {
  write_file(folder_.file("new.ts"), Bytes());
  const auto writer = to_file(folder_.file("new.ts"));
  push(*writer, true);
  EXPECT_FALSE(finish(*writer));
  EXPECT_EQ(read_file(folder_.file("new.ts")), all_);
}

TEST_F(StreamWriterTest, SaysThatTheFileWasDeletedWhileItWasWritten) {
  const auto writer = to_file(folder_.file("out.ts"));
  push(*writer, true);
  ASSERT_EQ(::unlink(folder_.file("out.ts").c_str()), 0);
  push(*writer, false);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  ASSERT_EQ(errors_, 1);
  EXPECT_THAT(error_->what, testing::HasSubstr("out.ts was deleted"));
}

TEST_F(StreamWriterTest, WritesToAFileThatHasHadNoNameFromTheStart) {
  const int nameless = ::open(folder_.file("").c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless < 0) GTEST_SKIP() << "this file system makes no files without a name";
  const auto writer = to_descriptor(nameless);
  push(*writer, true);
  push(*writer, false);
  EXPECT_FALSE(finish(*writer));
  EXPECT_EQ(errors_, 0);
  EXPECT_EQ(writer->bytes_written(), all_.size());
  ::close(nameless);
}

TEST_F(StreamWriterTest, SaysThatNobodyReadsFromAFifo) {
  ASSERT_EQ(::mkfifo(folder_.file("fifo").c_str(), 0600), 0);
  try {
    to_file(folder_.file("fifo"));
    FAIL() << "opened";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("nobody reads from it"));
    EXPECT_THAT(error.error().hint, testing::HasSubstr("start first"));
  }
}

TEST_F(StreamWriterTest, RefusesAFileThatAnotherOneWrites) {
  auto first = to_file(folder_.file("out.ts"));
  push(*first, true);
  try {
    to_file(folder_.file("out.ts"));
    FAIL() << "two recordings in one file";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("out.ts"));
    EXPECT_THAT(error.error().hint, testing::HasSubstr("--record"));
  }
  EXPECT_FALSE(finish(*first));
  EXPECT_EQ(read_file(folder_.file("out.ts")), all_);
  first.reset();
  EXPECT_NO_THROW(to_file(folder_.file("out.ts"), OlderFile::kReplaced));
}

TEST_F(StreamWriterTest, BeginsAtTheNewestGroup) {
  const auto early = to_file(folder_.file("early.ts"));
  push(*early, true);
  push(*early, false);
  all_.clear();
  push(*early, true);
  const auto late = to_file(folder_.file("late.ts"));
  late->on_broadcast();
  EXPECT_FALSE(finish(*late));
  EXPECT_EQ(read_file(folder_.file("late.ts")), all_);
}

TEST_F(StreamWriterTest, SaysThatAFileCannotBeMade) {
  try {
    to_file(folder_.file("nowhere/out.ts"));
    FAIL() << "opened";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("nowhere/out.ts"));
    EXPECT_FALSE(error.error().hint.empty());
  }
}

TEST_F(StreamWriterTest, TellsOfAFullDiskOnce) {
  const auto writer = to_descriptor(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (int i = 0; i < 3; ++i) push(*writer, i == 0);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  push(*writer, true);
  EXPECT_FALSE(finish(*to_file(folder_.file("later.ts")))) << "which ends later";
  EXPECT_EQ(errors_, 1);
  EXPECT_THAT(error_->what, testing::HasSubstr("No space left"));
  EXPECT_NE(error_->exit_code, ExitCode::kDone);
}

TEST_F(StreamWriterTest, KeepsNothingForAFileThatIsWrittenNoMore) {
  const auto writer = to_file(folder_.file("out.ts"));
  push(*writer, true);
  ASSERT_EQ(::unlink(folder_.file("out.ts").c_str()), 0);
  push(*writer, false);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  push(*writer, true);
  EXPECT_EQ(broadcast_.at(broadcast_.newest_group(), 0)->use_count(), 1) << "the broadcast's alone";
  finish(*writer);
  EXPECT_EQ(broadcast_.at(broadcast_.newest_group(), 0)->use_count(), 1) << "the broadcast's alone";
}

TEST_F(StreamWriterTest, SaysThatNoThreadCanBeHadForAFile) {
  const NoThreads no_threads;
  try {
    to_file(folder_.file("out.ts"));
    FAIL() << "opened";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("no thread can be started that writes the recording"));
    EXPECT_THAT(error.error().hint, testing::HasSubstr("pids.max"));
  }
}

TEST_F(StreamWriterTest, DoesNotTellOfAnErrorAfterItIsGone) {
  auto writer = to_descriptor(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  push(*writer, true);
  writer.reset();
  EXPECT_FALSE(finish(*to_file(folder_.file("later.ts")))) << "which ends later";
  EXPECT_EQ(errors_, 0);
}

TEST_F(StreamWriterTest, SaysThatADescriptorIsClosedOrToReadAlone) {
  const int reading = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_THROW(to_descriptor(reading), StartupError);
  ::close(reading);
  EXPECT_THROW(to_descriptor(reading), StartupError);
}

TEST_F(StreamWriterTest, AppendsWhereStandardOutputWasRedirectedTo) {
  write_file(folder_.file("log"), Bytes(5, 'x'));
  const int fd = ::open(folder_.file("log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const auto writer = to_descriptor(fd);
  push(*writer, true);
  ::close(fd);
  push(*writer, false);
  EXPECT_FALSE(finish(*writer));
  Bytes expected(5, 'x');
  expected.insert(expected.end(), all_.begin(), all_.end());
  EXPECT_EQ(read_file(folder_.file("log")), expected);
}

}  // namespace
}  // namespace pixelpass::playback

// In place of the C library's, for what is linked into this program.
extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
  pixelpass::playback::wait_for_disk(fd);
  return syscall(SYS_write, fd, bytes, size);
}
extern "C" ssize_t writev(int fd, const iovec* pieces, int count) {
  pixelpass::playback::wait_for_disk(fd);
  return syscall(SYS_writev, fd, pieces, count);
}
