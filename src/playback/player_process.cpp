#include "pixelpass/playback/player.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it declared by the program

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kTermTime{500};

struct SpawnAttributes {
  SpawnAttributes() {
    posix_spawnattr_init(&value);
    sigset_t signals;
    // Signals that we ignore (SIGPIPE) or block are reset for the player.
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&value, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&value, &signals);
    posix_spawnattr_setpgroup(&value, 0);
    posix_spawnattr_setflags(&value, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&value); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t value{};
};

struct SpawnFiles {
  SpawnFiles() {
    posix_spawn_file_actions_init(&value);
    posix_spawn_file_actions_addopen(&value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&value, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&value, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // Libraries may have opened descriptors without CLOEXEC.
    posix_spawn_file_actions_addclosefrom_np(&value, STDERR_FILENO + 1);
  }
  ~SpawnFiles() { posix_spawn_file_actions_destroy(&value); }
  SpawnFiles(const SpawnFiles&) = delete;
  SpawnFiles& operator=(const SpawnFiles&) = delete;
  posix_spawn_file_actions_t value{};
};

[[noreturn]] void fail(const std::string& program, int error) {
  throw StartupError("cannot run " + program + ": " + std::strerror(error),
                     "install a player (" + install_command(PlayerKind::kMpv) +
                         "), or use --player none and open the address yourself");
}

pid_t spawn(const std::vector<std::string>& command, Proxies proxies) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));  // exec's old type
  words.push_back(nullptr);
  const SpawnAttributes attributes;
  const SpawnFiles files;
  pid_t pid = 0;
  const auto environment = player_environment(environ, proxies);
  const int error =
      posix_spawnp(&pid, words.front(), &files.value, &attributes.value, words.data(), environment.data());
  if (error != 0) fail(command.front(), error);
  return pid;
}

int status_of(const siginfo_t& info) {
  constexpr int kSignalled = 128;  // as a shell has it
  return info.si_code == CLD_EXITED ? info.si_status : kSignalled + info.si_status;
}

}  // namespace

class PlayerProcess::Impl {
 public:
  Impl(asio::io_context& io, const std::vector<std::string>& command, std::function<void(int)> on_exit,
       Proxies proxies)
      : exited_(io), on_exit_(std::move(on_exit)), pid_(spawn(command, proxies)) {
    // pidfd_open(2) sets CLOEXEC. The pid is still this process's: only we reap it.
    const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (fd < 0) {
      const int error = errno;
      stop();
      fail(command.front(), error);
    }
    exited_.assign(fd);
    exited_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
                         if (!error && !alive.expired()) on_readable();
                       });
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// After we end, init reaps it.
  void release() {
    reaped_ = true;
    on_exit_ = {};
  }

 private:
  void on_readable();
  int reap();
  void stop();

  asio::posix::stream_descriptor exited_;  ///< a pidfd: readable once the process has ended
  std::function<void(int)> on_exit_;
  pid_t pid_;
  bool reaped_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  ///< goes with us: a handler may be queued then
};

void PlayerProcess::Impl::on_readable() {
  const int status = reap();
  // The callback may destroy us.
  if (const auto on_exit = std::exchange(on_exit_, {})) on_exit(status);
}

int PlayerProcess::Impl::reap() {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) < 0 && errno == EINTR) continue;
  reaped_ = true;
  return status_of(info);
}

/// Signals the whole group, since a player may be a script that runs another program.
void PlayerProcess::Impl::stop() {
  if (reaped_) return;
  kill(-pid_, SIGTERM);
  if (exited_.is_open()) {
    pollfd exited{.fd = exited_.native_handle(), .events = POLLIN, .revents = 0};
    poll(&exited, 1, static_cast<int>(kTermTime.count()));
  }
  // The process is not reaped yet, so its number is still that of the group.
  kill(-pid_, SIGKILL);
  reap();
}

PlayerProcess::PlayerProcess(asio::io_context& io, const std::vector<std::string>& command,
                             std::function<void(int status)> on_exit, Proxies proxies)
    : impl_(std::make_unique<Impl>(io, command, std::move(on_exit), proxies)) {}

PlayerProcess::~PlayerProcess() = default;

int PlayerProcess::pid() const {
  return impl_->pid();
}

void PlayerProcess::release() {
  impl_->release();
}

}  // namespace pixelpass::playback
