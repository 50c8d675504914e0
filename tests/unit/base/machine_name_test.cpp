#include "pixelpass/base/machine_name.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace pixelpass {
namespace {

constexpr int kMayNot = 2;

/// In a process whose machine is called `name`: 0 when it is told as `expected`.
int look(const std::string& name, const std::string& expected) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) != 0 && unshare(CLONE_NEWUTS) != 0) return kMayNot;
  if (sethostname(name.data(), name.size()) != 0) return kMayNot;
  return machine_name() == expected ? 0 : 1;
}

void expect_machine(const std::string& name, const std::string& expected) {
  const pid_t child = fork();
  if (child == 0) _exit(look(name, expected));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kMayNot) GTEST_SKIP() << "this user may not give a machine another name";
  EXPECT_EQ(WEXITSTATUS(status), 0) << '"' << name << "\" is not told as \"" << expected << '"';
}

TEST(MachineNameTest, is_the_one_that_the_kernel_has) {
  expect_machine("friends-laptop", "friends-laptop");
}

TEST(MachineNameTest, may_be_as_long_as_the_kernel_takes) {
  expect_machine(std::string(64, 'n'), std::string(64, 'n'));
}

TEST(MachineNameTest, is_never_empty) {
  expect_machine("", "unnamed");
}

}  // namespace
}  // namespace pixelpass
