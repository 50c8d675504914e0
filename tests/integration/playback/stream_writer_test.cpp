#include "pixelpass/playback/stream_writer.hpp"

#include "../base/no_threads.hpp"
#include "../http_client.hpp"
#include "ts_file.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <span>

namespace pixelpass::playback {
namespace {

constexpr std::size_t kPacket = 188;

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

class StreamWriterTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0); }
  void TearDown() override {
    for (const int end : pipe_)
      if (end >= 0) ::close(end);
  }

  std::unique_ptr<StreamWriter> to_file(std::string path, OlderFile older = OlderFile::kRefused) {
    return StreamWriter::to_file(
        io_, path, older, broadcast_, [this](const Error& error) { on_error(error); },
        [this](const RecordingNotice& notice) { notices_.push_back(notice.what); });
  }
  std::unique_ptr<StreamWriter> to_descriptor(int fd) {
    return StreamWriter::to_descriptor(
        io_, fd, broadcast_, [this](const Error& error) { on_error(error); },
        [this](const RecordingNotice& notice) { notices_.push_back(notice.what); });
  }
  void on_error(const Error& error) {
    ++errors_;
    error_ = error;
  }
  /// All that was pushed is where it goes; what is wrong with its end, if anything is.
  std::optional<Error> finish(StreamWriter& writer) {
    std::optional<std::optional<Error>> ended;
    writer.finish([&](const std::optional<Error>& error) { ended = error; });
    EXPECT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
    return ended.value_or(std::nullopt);
  }
  void push(StreamWriter& writer, bool keyframe, std::size_t packets = 4) {
    Bytes bytes(packets * kPacket, static_cast<std::uint8_t>(pushed_++ % 200));
    for (std::size_t at = 0; at < bytes.size(); at += kPacket) bytes[at] = 0x00;  // no TS: nothing is marked
    all_.insert(all_.end(), bytes.begin(), bytes.end());
    broadcast_.push(
        Frame{.bytes = SharedBytes::adopt(std::move(bytes)), .captured_at = {}, .keyframe = keyframe});
    writer.on_broadcast();
  }
  /// All that is in the pipe now.
  Bytes drain() {
    ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    Bytes got;
    std::array<std::uint8_t, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(pipe_[0], buffer.data(), buffer.size())) > 0;)
      got.insert(got.end(), buffer.begin(), buffer.begin() + size);
    return got;
  }
  /// More than the pipe holds, and at the end less than it holds is left.
  void push_more_than_fits(StreamWriter& writer) {
    for (int i = 0; i < 20; ++i) push(writer, i == 0, 32);
  }
  void close_reader() { ::close(std::exchange(pipe_[0], -1)); }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  Broadcast broadcast_;
  std::array<int, 2> pipe_{-1, -1};
  Bytes all_;
  int pushed_ = 0;
  int errors_ = 0;
  std::optional<Error> error_;
  std::vector<std::string> notices_;
};

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
  io_.run_for(10ms);
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
  io_.run_for(10ms);
  EXPECT_EQ(errors_, 0);
}

TEST_F(StreamWriterTest, SaysThatADescriptorIsClosedOrToReadAlone) {
  const int reading = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_THROW(to_descriptor(reading), StartupError);
  ::close(reading);
  EXPECT_THROW(to_descriptor(reading), StartupError);
}

TEST_F(StreamWriterTest, WritesEachFrameToAPipeAsItComes) {
  const auto writer = to_descriptor(pipe_[1]);
  push(*writer, true);
  push(*writer, false);
  EXPECT_EQ(drain(), all_);
}

TEST_F(StreamWriterTest, LeavesTheCallersDescriptorBlocking) {
  const auto writer = to_descriptor(pipe_[1]);
  push(*writer, true);
  EXPECT_EQ(::fcntl(pipe_[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(StreamWriterTest, SkipsGroupsInsteadOfWaitingForAFullPipe) {
  const auto writer = to_descriptor(pipe_[1]);
  // 20 groups of 10 frames of 6 KB: the pipe holds 64 KB.
  for (int i = 0; i < 200; ++i) push(*writer, i % 10 == 0, 32);
  const auto newest = Bytes(all_.end() - 10 * 32 * static_cast<std::ptrdiff_t>(kPacket), all_.end());
  Bytes got;
  ASSERT_TRUE(run_until(io_, [&] {
    const Bytes more = drain();
    got.insert(got.end(), more.begin(), more.end());
    return std::search(got.begin(), got.end(), newest.begin(), newest.end()) != got.end();
  }));
  EXPECT_LT(got.size(), all_.size());
  EXPECT_EQ(got.size() % (32 * kPacket), 0u) << "half a frame";
}

TEST_F(StreamWriterTest, TellsThatThePipesReaderHasGone) {
  const auto writer = to_descriptor(pipe_[1]);
  push(*writer, true);
  close_reader();
  push(*writer, false);
  push(*writer, false);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  EXPECT_EQ(errors_, 1);
}

TEST_F(StreamWriterTest, TellsThatTheReaderOfAFullPipeHasGone) {
  const auto writer = to_descriptor(pipe_[1]);
  for (int i = 0; i < 30; ++i) push(*writer, i == 0, 32);
  close_reader();
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
}

TEST_F(StreamWriterTest, BringsAllOfItToAReaderWhoIsBehindAtTheEnd) {
  const auto writer = to_descriptor(pipe_[1]);
  push_more_than_fits(*writer);
  std::optional<std::optional<Error>> ended;
  writer->finish([&](const std::optional<Error>& error) { ended = error; });
  Bytes got = drain();
  EXPECT_LT(got.size(), all_.size());
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  const Bytes rest = drain();
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_EQ(got.size() % kPacket, 0u) << "half a packet";
  EXPECT_EQ(got, all_);
  EXPECT_FALSE(*ended);
}

TEST_F(StreamWriterTest, SaysOfAReaderWhoTakesNothingMoreThatTheRestIsMissing) {
  const auto writer = to_descriptor(pipe_[1]);
  push_more_than_fits(*writer);
  std::optional<std::optional<Error>> ended;
  writer->finish([&](const std::optional<Error>& error) { ended = error; });
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  ASSERT_TRUE(*ended);
  EXPECT_THAT((*ended)->what, testing::HasSubstr("did not take it"));
  EXPECT_NE((*ended)->exit_code, ExitCode::kDone);
  EXPECT_EQ(errors_, 0);
}

TEST_F(StreamWriterTest, SaysOfAReaderWhoGoesAtTheEndThatItHasHadWhatItWanted) {
  const auto writer = to_descriptor(pipe_[1]);
  push_more_than_fits(*writer);
  std::optional<std::optional<Error>> ended;
  writer->finish([&](const std::optional<Error>& error) { ended = error; });
  close_reader();
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  ASSERT_TRUE(*ended);
  EXPECT_EQ((*ended)->exit_code, ExitCode::kDone);
  EXPECT_EQ(errors_, 0);
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

TEST_F(StreamWriterTest, PutsASocketsModeBack) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  auto writer = to_descriptor(pair[1]);
  push(*writer, true, 1);
  std::array<std::uint8_t, kPacket> got{};
  EXPECT_EQ(::read(pair[0], got.data(), got.size()), static_cast<ssize_t>(kPacket));
  writer.reset();
  EXPECT_EQ(::fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
  for (const int end : pair) ::close(end);
}

/// TCP alone says so: whoever leaves a socket of this machine with bytes unread is a broken pipe.
TEST_F(StreamWriterTest, TakesASocketThatIsResetForAReaderThatHasGone) {
  namespace asio = boost::asio;
  using asio::ip::tcp;
  tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket ours(io_);
  ours.connect(acceptor.local_endpoint());
  tcp::socket reader = acceptor.accept();
  const auto writer = to_descriptor(ours.native_handle());
  push(*writer, true);
  reader.set_option(asio::socket_base::linger(true, 0));
  reader.close();
  pollfd reset{ours.native_handle(), 0, 0};
  ASSERT_EQ(::poll(&reset, 1, 20'000), 1);
  push(*writer, false);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  EXPECT_THAT(error_->what, testing::HasSubstr("reset"));
  EXPECT_EQ(error_->exit_code, ExitCode::kDone);
}

TEST_F(StreamWriterTest, WritesToAFifo) {
  const auto path = folder_.file("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THROW(to_file(path), StartupError) << "nobody reads it";
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const auto writer = to_file(path);
  push(*writer, true, 1);
  std::array<std::uint8_t, kPacket> got{};
  EXPECT_EQ(::read(reader, got.data(), got.size()), static_cast<ssize_t>(kPacket));
  ASSERT_EQ(::unlink(path.c_str()), 0) << "its reader goes on without it";
  push(*writer, false, 1);
  EXPECT_EQ(::read(reader, got.data(), got.size()), static_cast<ssize_t>(kPacket));
  ::close(reader);
  push(*writer, false, 1);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  EXPECT_EQ(error_->what, "nobody reads from " + path + " any more");
  EXPECT_EQ(errors_, 1);
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
