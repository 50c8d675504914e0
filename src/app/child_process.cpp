#include "app/child_process.hpp"

#include "pixelpass/app/interrupts.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

namespace pixelpass::app {
namespace {

constexpr Duration kTerminateTime = 1s;
constexpr Duration kReapPoll = 5ms;
constexpr int kCannotExec = 127;
constexpr const char* kTooMuch = "close other programs, then try again";

std::vector<std::string> environment_with(const ChildProcess::Variables& extra) {
  std::vector<std::string> all;
  for (const auto& [name, value] : extra) all.emplace_back(name).append("=").append(value);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const bool replaced = std::ranges::any_of(
        extra, [&](const auto& variable) { return text.starts_with(variable.first + "="); });
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Runs between fork and exec: async-signal-safe calls only (there may be other threads).
[[noreturn]] void become(char* const* arguments, char* const* environment, int output, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have died before the line above.
  if (getppid() != parent) _exit(kCannotExec);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // Otherwise it would read what is typed for us, or answer where nobody reads.
  if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0) _exit(kCannotExec);
  execve(arguments[0], arguments, environment);
  _exit(kCannotExec);
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : kSignalled + WTERMSIG(wait_status);
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw StartupError(std::string("no pipe to a child process: ") + std::strerror(errno), kTooMuch);
  return ends;
}

}  // namespace

ChildProcess::ChildProcess(boost::asio::io_context& io, const std::vector<std::string>& command,
                           const Variables& extra, Handlers handlers)
    : handlers_(std::move(handlers)), output_(io) {
  auto arguments = command;
  auto environment = environment_with(extra);
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  const auto [read_end, write_end] = make_pipe();
  const pid_t parent = getpid();
  id_ = fork();
  if (id_ == 0) become(argument_pointers.data(), environment_pointers.data(), write_end, parent);
  close(write_end);
  output_.assign(read_end);
  if (id_ < 0) throw StartupError(command.front() + " could not be run: " + std::strerror(errno), kTooMuch);
  Interrupts::add_dependent(id_);
  read();
}

ChildProcess::~ChildProcess() {
  if (id_ <= 0) return;
  // A second SIGTERM would cut its clean end short.
  if (!reaped_before(Clock::now())) terminate();
  end_by(Clock::now() + kTerminateTime);
}

void ChildProcess::terminate() {
  if (id_ <= 0 || std::exchange(terminated_, true)) return;
  kill(id_, SIGTERM);
  kill(id_, SIGCONT);
}

void ChildProcess::end_by(Instant deadline) {
  if (reaped_before(deadline)) return;
  kill(id_, SIGKILL);
  while (!reaped_before(Clock::now() + kTerminateTime)) continue;
}

bool ChildProcess::reaped_before(Instant deadline) {
  if (id_ <= 0) return true;
  for (;;) {
    // The child keeps its number until it is reaped, so that no other process can get the signal.
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        ended.si_pid != 0) {
      reap();
      return true;
    }
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kReapPoll);
  }
}

void ChildProcess::reap() {
  Interrupts::remove_dependent(id_);
  int wait_status = 0;
  if (waitpid(id_, &wait_status, 0) == id_) status_ = status_of(wait_status);
  id_ = -1;
}

void ChildProcess::read() {
  boost::asio::async_read_until(output_, boost::asio::dynamic_buffer(buffered_, kMaxLineBytes), '\n',
                                [this](const boost::system::error_code& error, std::size_t size) {
                                  if (error == boost::asio::error::operation_aborted) return;
                                  if (error) return handlers_.on_end();
                                  const std::string line = buffered_.substr(0, size - 1);
                                  buffered_.erase(0, size);
                                  handlers_.on_line(line);
                                  read();
                                });
}

}  // namespace pixelpass::app
