#include "app/doctor/isolated.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace pixelpass::app {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
}

/// Library messages are not for the user, and libraries must not read the user's input. Returns whether all
/// streams are closed.
bool close_standard_streams() {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  return dup2(nothing, STDIN_FILENO) >= 0 && dup2(nothing, STDOUT_FILENO) >= 0 &&
         dup2(nothing, STDERR_FILENO) >= 0;
}

[[noreturn]] void be_child(const std::function<std::string()>& ask, int answer) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_DFL);
  if (!close_standard_streams()) _exit(1);
  write_all(answer, ask());
  _exit(0);
}

std::string say_end(int status) {
  if (WIFSIGNALED(status)) return std::string("asking for it crashed (") + strsignal(WTERMSIG(status)) + ")";
  return "asking for it failed (exit code " + std::to_string(WEXITSTATUS(status)) + ")";
}

}  // namespace

Isolated::Isolated(const std::function<std::string()>& ask) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return;
  child_ = fork();
  if (child_ == 0) be_child(ask, pipe_ends[1]);
  close(pipe_ends[1]);
  answer_ = pipe_ends[0];
}

Isolated::~Isolated() {
  end_child(true);
  if (answer_ >= 0) close(answer_);
}

int Isolated::end_child(bool kill_it) {
  if (child_ <= 0) return 0;
  if (kill_it) kill(child_, SIGKILL);
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return status;
}

Isolated::Answer Isolated::wait(Instant deadline) {
  if (child_ <= 0) return {{}, "no process could be started for it"};
  std::string text;
  std::array<char, 4096> part{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{answer_, POLLIN, 0};
    const int ready = poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      end_child(true);
      return {{}, "no answer in time"};
    }
    const ssize_t got = read(answer_, part.data(), part.size());
    if (got <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  const int status = end_child(false);
  if (status != 0) return {{}, say_end(status)};
  return {std::move(text), {}};
}

}  // namespace pixelpass::app
