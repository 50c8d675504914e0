#include "pixelpass/playback/player.hpp"

#include "../http_client.hpp"
#include "ts_file.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace pixelpass::playback {
namespace {

class PlayerProcessTest : public testing::Test {
 protected:
  std::string script(const std::string& body) {
    auto path = folder_.file("player");
    std::ofstream(path) << "#!/bin/sh\n" << body;
    ::chmod(path.c_str(), 0700);
    return path;
  }
  std::unique_ptr<PlayerProcess> start(const std::string& body) {
    return std::make_unique<PlayerProcess>(io_, std::vector<std::string>{script(body), folder_.file("out")},
                                           [this](int status) { status_ = status; });
  }
  std::string output() { return std::string(as_text(read_file(folder_.file("out")))); }
  bool wait_for_output() {
    return run_until(io_, [this] { return output().ends_with("\n"); });
  }
  static bool gone(pid_t pid) { return ::kill(pid, 0) < 0 && errno == ESRCH; }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  std::optional<int> status_;
};

TEST_F(PlayerProcessTest, TellsTheExitCode) {
  const auto player = start("exit 7");
  ASSERT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  EXPECT_EQ(*status_, 7);
  EXPECT_TRUE(gone(player->pid())) << "a zombie";
}

TEST_F(PlayerProcessTest, TellsTheSignalAsAShellDoes) {
  const auto player = start("kill -KILL $$");
  ASSERT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  EXPECT_EQ(*status_, 128 + SIGKILL);
}

TEST_F(PlayerProcessTest, CanBeDestroyedByItsOwnExit) {
  std::unique_ptr<PlayerProcess> player;
  bool exited = false;
  player = std::make_unique<PlayerProcess>(io_, std::vector<std::string>{script("exit 0")}, [&](int) {
    player.reset();
    exited = true;
  });
  EXPECT_TRUE(run_until(io_, [&] { return exited; }));
}

TEST_F(PlayerProcessTest, EndsThePlayerGently) {
  auto player =
      start("trap 'echo term >> \"$1\"; exit 0' TERM; echo up > \"$1\"; while :; do sleep 0.01; done");
  ASSERT_TRUE(wait_for_output());
  const pid_t pid = player->pid();
  player.reset();
  EXPECT_EQ(output(), "up\nterm\n");
  EXPECT_TRUE(gone(pid));
}

TEST_F(PlayerProcessTest, LeavesAloneWhatWasReleased) {
  auto player = start("echo up > \"$1\"; exec sleep 60");
  ASSERT_TRUE(wait_for_output());
  const pid_t pid = player->pid();
  player->release();
  player.reset();
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), 0) << "it runs";
  ::kill(pid, SIGKILL);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
}

TEST_F(PlayerProcessTest, KillsAPlayerThatDoesNotListen) {
  auto player = start("trap '' TERM; echo up > \"$1\"; while :; do sleep 0.01; done");
  ASSERT_TRUE(wait_for_output());
  const pid_t pid = player->pid();
  player.reset();
  EXPECT_TRUE(gone(pid));
}

TEST_F(PlayerProcessTest, EndsWhatThePlayerStartedToo) {
  auto player = start("trap '' TERM; sleep 1000 & echo $! > \"$1\"; wait");
  ASSERT_TRUE(wait_for_output());
  const auto child = static_cast<pid_t>(std::stoi(output()));
  player.reset();
  // It is not our child: whoever adopts orphans reaps it. Until then it is at least dead.
  EXPECT_TRUE(run_until(io_, [&] {
    const Bytes status = read_file("/proc/" + std::to_string(child) + "/stat");
    return status.empty() || as_text(status).find(") Z") != std::string_view::npos;
  }));
}

TEST_F(PlayerProcessTest, DoesNotCallBackAfterItIsGone) {
  auto player = start("exit 0");
  siginfo_t info{};
  // The exit is there to be noticed, but the loop has not run.
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(player->pid()), &info, WEXITED | WNOWAIT), 0);
  player.reset();
  // The loop hears of a later exit.
  bool later = false;
  const PlayerProcess other(io_, {script("exit 0")}, [&](int) { later = true; });
  ASSERT_TRUE(run_until(io_, [&] { return later; }));
  EXPECT_FALSE(status_.has_value());
}

TEST_F(PlayerProcessTest, RunsInAGroupOfItsOwnWithoutATerminal) {
  const auto player =
      start("( ps -o pgid= -p $$ | tr -d ' '; readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 ) > \"$1\"");
  ASSERT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  EXPECT_EQ(output(), std::to_string(player->pid()) + "\n/dev/null\n/dev/null\n/dev/null\n");
}

TEST_F(PlayerProcessTest, InheritsNoDescriptorOfOurs) {
  const int ours = ::open("/dev/zero", O_RDONLY);  // without CLOEXEC, as some libraries do
  const auto player = start("for fd in /proc/$$/fd/*; do readlink $fd; done > \"$1\"; echo end >> \"$1\"");
  ASSERT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  ::close(ours);
  EXPECT_THAT(output(), testing::EndsWith("end\n"));
  EXPECT_THAT(output(), testing::Not(testing::HasSubstr("/dev/zero")));
  EXPECT_THAT(output(), testing::Not(testing::HasSubstr("socket:")));
  EXPECT_THAT(output(), testing::Not(testing::HasSubstr("eventpoll")));
}

TEST_F(PlayerProcessTest, InheritsNeitherTheTicketNorAProxy) {
  ::setenv("PIXELPASS_TICKET", "pp1secret", 1);
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  const auto player = start("env > \"$1\"; echo end >> \"$1\"");
  ::unsetenv("PIXELPASS_TICKET");
  ::unsetenv("http_proxy");
  ASSERT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  EXPECT_THAT(output(), testing::EndsWith("end\n"));
  EXPECT_THAT(output(), testing::HasSubstr("PATH="));
  EXPECT_THAT(output(), testing::Not(testing::HasSubstr("pp1secret")));
  EXPECT_THAT(output(), testing::Not(testing::HasSubstr("http_proxy")));
}

TEST_F(PlayerProcessTest, DoesNotInheritIgnoredSignals) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto player = start("grep SigIgn /proc/$$/status | cut -f 2 > \"$1\"");
  ASSERT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  EXPECT_EQ(std::stoull(output(), nullptr, 16) >> (SIGPIPE - 1) & 1, 0u);
}

TEST_F(PlayerProcessTest, LeaksNoDescriptor) {
  const auto count = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  start("exit 0").reset();
  const auto before = count();
  for (int i = 0; i < 5; ++i) start("exit 0").reset();
  EXPECT_EQ(count(), before);
}

TEST_F(PlayerProcessTest, SaysWhatToInstallWhenItCannotBeRun) {
  try {
    const PlayerProcess player(io_, {"/nowhere/mpv"}, [](int) {});
    FAIL() << "ran";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("/nowhere/mpv"));
    EXPECT_THAT(error.error().hint, testing::HasSubstr("apt install mpv"));
  }
}

}  // namespace
}  // namespace pixelpass::playback
