#include "cli/tui/own_command.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/this_program.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

namespace pixelpass::cli {
namespace {

/// Signals that a terminal sends to its whole foreground job.
constexpr std::array<int, 2> kKeys{SIGINT, SIGQUIT};

std::vector<std::string> words_of(const std::string& command, const OpenMenu& menu) {
  std::vector<std::string> words{"pixelpass", command};
  words.insert(words.end(), menu.options.begin(), menu.options.end());
  return words;
}

std::vector<char*> arguments_of(std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return arguments;
}

[[noreturn]] void fail_to_start(const std::string& program, const std::string& command) {
  throw StartupError("cannot start " + program, "type pixelpass " + command);
}

/// Ignores those signals in this process while it lives.
class IgnoredKeys {
 public:
  IgnoredKeys() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    for (std::size_t i = 0; i < kKeys.size(); ++i) sigaction(kKeys.at(i), &ignore, &before_.at(i));
  }
  ~IgnoredKeys() {
    for (std::size_t i = 0; i < kKeys.size(); ++i) sigaction(kKeys.at(i), &before_.at(i), nullptr);
  }
  IgnoredKeys(const IgnoredKeys&) = delete;
  IgnoredKeys& operator=(const IgnoredKeys&) = delete;

 private:
  std::array<struct sigaction, kKeys.size()> before_{};
};

/// Starts the program; -1: it cannot be started.
pid_t spawn_own(const std::string& program, const std::vector<char*>& arguments) {
  posix_spawnattr_t attributes{};
  sigset_t usual;
  sigemptyset(&usual);
  for (const int key : kKeys) sigaddset(&usual, key);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int failed = posix_spawn(&child, program.c_str(), nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return failed == 0 ? child : -1;
}

/// The child's status, as waitpid gives it.
int wait_for(pid_t child) {
  siginfo_t ended{};
  // The child is removed from the dependents before it is reaped: only until then is its id certainly its
  // own.
  while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) continue;
  app::Interrupts::remove_dependent(child);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

/// Whether Ctrl-C ended it, rather than a crash.
bool was_interrupted(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGINT;
  return WEXITSTATUS(status) == static_cast<int>(ExitCode::kInterrupted);
}

}  // namespace

void become(const std::string& command, const OpenMenu& menu) {
  auto words = words_of(command, menu);
  const auto program = this_program();
  ::execv(program.c_str(), arguments_of(words).data());
  fail_to_start(program, command);
}

bool run_beside(const std::string& command, const OpenMenu& menu) {
  auto words = words_of(command, menu);
  const auto program = this_program();
  const IgnoredKeys ignored;
  const pid_t child = spawn_own(program, arguments_of(words));
  if (child < 0) fail_to_start(program, command);
  app::Interrupts::add_dependent(child);
  const int status = wait_for(child);
  return !was_interrupted(status);
}

}  // namespace pixelpass::cli
