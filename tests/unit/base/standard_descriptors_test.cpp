#include "pixelpass/base/standard_descriptors.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace pixelpass {
namespace {

constexpr std::array kStandard{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

/// Puts this process's own aside. Nothing is to be told before they are back.
class StandardDescriptors : public ::testing::Test {
 protected:
  StandardDescriptors() {
    for (const int fd : kStandard) kept_.at(static_cast<std::size_t>(fd)) = ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
  }
  ~StandardDescriptors() override { put_back(); }

  void put_back() {
    for (const int fd : kStandard) {
      auto& kept = kept_.at(static_cast<std::size_t>(fd));
      if (kept < 0) continue;
      ::dup2(kept, fd);
      ::close(kept);
      kept = -1;
    }
  }

 private:
  std::array<int, 3> kept_{};
};

TEST_F(StandardDescriptors, AreTakenWhereTheyWereClosed) {
  for (const int fd : kStandard) ::close(fd);
  hold_standard_descriptors();
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool can_tell = ::write(STDERR_FILENO, "x", 1) == 1;
  const bool can_write = ::write(STDOUT_FILENO, "x", 1) == 1;
  ::close(next);
  put_back();
  EXPECT_GT(next, STDERR_FILENO);
  EXPECT_TRUE(can_tell);
  EXPECT_FALSE(can_write) << "nobody reads what is written";
}

TEST_F(StandardDescriptors, StayAsTheyAreWhereTheyAreOpen) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  ::dup2(pipe[1], STDOUT_FILENO);
  hold_standard_descriptors();
  const bool can_write = ::write(STDOUT_FILENO, "x", 1) == 1;
  put_back();
  char read = 0;
  EXPECT_TRUE(can_write);
  EXPECT_EQ(::read(pipe[0], &read, 1), 1);
  for (const int end : pipe) ::close(end);
}

}  // namespace
}  // namespace pixelpass
