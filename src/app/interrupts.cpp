#include "pixelpass/app/interrupts.hpp"

#include <boost/asio/io_context.hpp>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <utility>

namespace pixelpass::app {
namespace {

constexpr int kNobody = -1;
constexpr std::size_t kMaxDependents = 4;

/// Read by the signal handler, on any thread, at any time.
std::atomic<int> listener{kNobody};  ///< eventfd of the one Interrupts
std::atomic<bool> seen{false};
std::atomic<bool> was_told{false};  ///< to end as a whole: by another one than the terminal's key
std::atomic<bool> leaves{false};    ///< at the end
std::atomic<pid_t> owner{0};        ///< not a child between fork and exec, whose eventfd is ours too
std::array<std::atomic<pid_t>, kMaxDependents> dependents{};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<pid_t>::is_always_lock_free);

/// Uses async-signal-safe calls only.
[[noreturn]] void leave_at_once(ExitCode code = ExitCode::kInterrupted) {
  for (const auto& dependent : dependents) {
    const pid_t id = dependent.load();
    if (id <= 0) continue;
    kill(id, SIGTERM);
    kill(id, SIGCONT);
  }
  _exit(static_cast<int>(code));
}

void on_signal(int number) {
  if (getpid() != owner.load()) _exit(static_cast<int>(ExitCode::kInterrupted));
  if (number != SIGINT) was_told = true;
  const bool first = !seen.exchange(true);
  // A terminal that closes sends several signals, so this one does not mean that the user insists.
  if (!first && number == SIGHUP) return;
  const int told = listener.load();
  if (!first || told == kNobody) leave_at_once();
  const int error = errno;
  const std::uint64_t one = 1;
  if (write(told, &one, sizeof one) < 0) leave_at_once();
  errno = error;
}

int make_listener() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    throw StartupError(std::string("no eventfd: ") + std::strerror(errno),
                       "close other programs, then try again");
  return fd;
}

}  // namespace

void Interrupts::install() {
  owner = getpid();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    const bool nohup = number == SIGHUP && before.sa_handler == SIG_IGN;
    if (!nohup) sigaction(number, &action, nullptr);
  }
}

void Interrupts::leave(ExitCode code) {
  leave_at_once(code);
}

bool Interrupts::take_key() {
  return !was_told && seen.exchange(false);
}

void Interrupts::leave_at_end() {
  leaves = true;
}

bool Interrupts::leaves_at_end() {
  return leaves;
}

Interrupts::Interrupts(boost::asio::io_context& io, std::function<void()> on_first)
    : signalled_(io, make_listener()) {
  listener = signalled_.native_handle();
  signalled_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [call = std::move(on_first)](const boost::system::error_code& error) {
                          if (!error) call();
                        });
}

Interrupts::~Interrupts() {
  listener = kNobody;
}

void Interrupts::add_dependent(pid_t id) {
  for (auto& dependent : dependents) {
    pid_t nobody = 0;
    if (dependent.compare_exchange_strong(nobody, id)) return;
  }
}

void Interrupts::remove_dependent(pid_t id) {
  for (auto& dependent : dependents) dependent.compare_exchange_strong(id, 0);
}

}  // namespace pixelpass::app
