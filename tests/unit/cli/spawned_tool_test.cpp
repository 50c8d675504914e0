#include "cli/tui/spawned_tool.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace pixelpass::cli {
namespace {

/// All that a program writes.
std::string said_by(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t child = spawn_tool(command, -1, ends[1]);
  ::close(ends[1]);
  std::string text;
  std::array<char, 512> some{};
  for (ssize_t got = 0; (got = ::read(ends[0], some.data(), some.size())) > 0;)
    text.append(some.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  EXPECT_GT(child, 0);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return text;
}

TEST(SpawnedTool, LearnsNothingThatWasMeantForUsAndAllElse) {
  ::setenv("PIXELPASS_TICKET", "pp1-lets-its-reader-watch", 1);
  ::setenv("WAYLAND_DISPLAY", "wayland-7", 1);
  const auto environment = said_by({"env"});
  ::unsetenv("PIXELPASS_TICKET");
  ::unsetenv("WAYLAND_DISPLAY");
  EXPECT_THAT(environment, testing::Not(testing::HasSubstr("PIXELPASS_TICKET")));
  EXPECT_THAT(environment, testing::HasSubstr("WAYLAND_DISPLAY=wayland-7\n"));
}

TEST(SpawnedTool, ThatIsNotThereIsNoProcess) {
  EXPECT_EQ(spawn_tool({"pixelpass-no-such-tool"}, -1, -1), -1);
}

}  // namespace
}  // namespace pixelpass::cli
