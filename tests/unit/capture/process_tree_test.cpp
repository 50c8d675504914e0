#include "capture/audio/process_tree.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace pixelpass::capture {
namespace {

/// Runs a shell command as a child, and gives the process id that it prints first. It ends with `stop`.
struct Child {
  explicit Child(const char* command) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
    shell = fork();
    if (shell == 0) {
      setpgid(0, 0);
      dup2(ends[1], STDOUT_FILENO);
      execl("/bin/sh", "sh", "-c", command, nullptr);
      _exit(127);
    }
    close(ends[1]);
    std::array<char, 32> text{};
    if (read(ends[0], text.data(), text.size() - 1) > 0) printed = std::atoi(text.data());
    close(ends[0]);
  }
  ~Child() {
    kill(-shell, SIGKILL);
    waitpid(shell, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t shell = 0;
  pid_t printed = 0;
};

TEST(ProcessTree, WeAndOurChildrenAreOfThisProgram) {
  EXPECT_TRUE(is_of_this_program(getpid()));
  const Child child("echo $$; read x");
  EXPECT_EQ(child.printed, child.shell);
  EXPECT_TRUE(is_of_this_program(child.shell));
}

TEST(ProcessTree, AGrandchildIsOfThisProgram) {
  const Child child("sleep 60 & echo $!; wait");
  ASSERT_GT(child.printed, 0);
  EXPECT_NE(child.printed, child.shell);
  EXPECT_TRUE(is_of_this_program(child.printed));
}

TEST(ProcessTree, OthersAreNotOfThisProgram) {
  EXPECT_FALSE(is_of_this_program(1));
  EXPECT_FALSE(is_of_this_program(getppid()));
  EXPECT_FALSE(is_of_this_program(0));
  EXPECT_FALSE(is_of_this_program(-1));
}

TEST(ProcessTree, AProcessThatIsGoneIsNobodys) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(is_of_this_program(child));
}

}  // namespace
}  // namespace pixelpass::capture
