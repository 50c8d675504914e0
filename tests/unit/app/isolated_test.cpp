#include "app/doctor/isolated.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

using ::testing::HasSubstr;

/// Far above what an answer takes: a deadline that ends a hang, and measures nothing.
Instant far_off() {
  return Clock::now() + 30s;
}

TEST(IsolatedTest, brings_the_answer_however_long) {
  std::string long_text(1 << 20, 'x');  // more than a pipe holds
  Isolated asked([&] { return long_text; });
  const auto answer = asked.wait(far_off());
  EXPECT_TRUE(answer.failure.empty()) << answer.failure;
  EXPECT_EQ(answer.text, long_text);
}

TEST(IsolatedTest, survives_who_crashes) {
  Isolated asked([]() -> std::string {
    std::signal(SIGSEGV, SIG_DFL);  // a sanitizer's
    std::raise(SIGSEGV);
    return "not this";
  });
  const auto answer = asked.wait(far_off());
  EXPECT_THAT(answer.failure, HasSubstr("crashed"));
  EXPECT_TRUE(answer.text.empty());
}

TEST(IsolatedTest, survives_who_ends_the_process) {
  Isolated asked([]() -> std::string { _exit(3); });
  EXPECT_THAT(asked.wait(far_off()).failure, HasSubstr("exit code 3"));
}

/// Lets this process open so many files more, and no others.
class FilesLeft {
 public:
  explicit FilesLeft(int count) {
    std::vector<int> files(static_cast<std::size_t>(count));
    for (int& file : files) file = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(files.back()) + 1;
    for (const int file : files) close(file);
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FilesLeft() { setrlimit(RLIMIT_NOFILE, &before_); }
  FilesLeft(const FilesLeft&) = delete;
  FilesLeft& operator=(const FilesLeft&) = delete;

 private:
  rlimit before_{};
};

TEST(IsolatedTest, asks_nothing_that_would_have_the_users_streams) {
  const FilesLeft for_the_pipe(2);
  Isolated asked([] { return std::string("with them"); });
  const auto answer = asked.wait(far_off());
  EXPECT_THAT(answer.failure, HasSubstr("exit code 1"));
  EXPECT_EQ(answer.text, "");
}

TEST(IsolatedTest, does_not_wait_for_ever) {
  Isolated asked([]() -> std::string {
    while (true) pause();
  });
  EXPECT_EQ(asked.wait(Clock::now()).failure, "no answer in time");
}

/// Whether the other end of a pipe is closed in every process that had it. Asks, and does not wait.
bool is_closed(int reading_end) {
  pollfd end{reading_end, POLLIN, 0};
  return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
}

TEST(IsolatedTest, ends_who_was_not_waited_for) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  {
    const Isolated asked([]() -> std::string {
      while (true) pause();
    });
    close(pipe_ends[1]);
    EXPECT_FALSE(is_closed(pipe_ends[0])) << "the child has it, and runs";
  }
  EXPECT_TRUE(is_closed(pipe_ends[0])) << "the child still runs";
  close(pipe_ends[0]);
}

TEST(IsolatedTest, asks_many_at_once) {
  Isolated first([] { return std::string("one"); });
  Isolated second([] { return std::string("two"); });
  EXPECT_EQ(second.wait(far_off()).text, "two");
  EXPECT_EQ(first.wait(far_off()).text, "one");
}

TEST(IsolatedTest, keeps_what_libraries_say_to_itself) {
  testing::internal::CaptureStdout();
  Isolated asked([] {
    std::puts("noise");
    std::fflush(stdout);
    return std::string("answer");
  });
  EXPECT_EQ(asked.wait(far_off()).text, "answer");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace pixelpass::app
