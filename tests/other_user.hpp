#pragma once

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>

namespace pixelpass {

/// Two that are not root. Only root can be both, and not where it is root of a namespace without them: what
/// needs them is skipped otherwise.
inline constexpr uid_t kSomebody = 65534;
inline constexpr uid_t kStranger = 1;
/// Tried, in a process of its own.
inline bool can_be_others() {
  if (geteuid() != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    for (const uid_t user : {kSomebody, kStranger})
      if (seteuid(user) != 0 || seteuid(0) != 0) _exit(1);
    _exit(0);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Is another user while it lives; root again, or who it was before, afterwards.
class ActAs {
 public:
  explicit ActAs(uid_t user) : was_(geteuid()) { become(user); }
  ~ActAs() { become(was_); }
  ActAs(const ActAs&) = delete;
  ActAs& operator=(const ActAs&) = delete;

 private:
  static void become(uid_t user) {
    if (seteuid(0) != 0 || seteuid(user) != 0) _exit(1);
  }

  uid_t was_;
};

/// Runs `work` as `user` in a process of its own; `work` is handed a descriptor, and what it writes there can
/// be read here. Ends with us.
class Elsewhere {
 public:
  Elsewhere(uid_t user, const std::function<void(int)>& work) {
    if (pipe(pipe_.data()) != 0) return;
    process_ = fork();
    if (process_ != 0) {
      ::close(pipe_[1]);
      return;
    }
    const bool is_user = seteuid(0) == 0 && setresuid(user, user, user) == 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (is_user) work(pipe_[1]);
    _exit(0);
  }
  ~Elsewhere() {
    if (process_ > 0) {
      const ActAs root(0);
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    ::close(pipe_[0]);
  }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;

  [[nodiscard]] int output() const { return pipe_[0]; }
  /// Waits for more; empty at the end.
  [[nodiscard]] std::string read() const {
    std::array<char, 4096> bytes{};
    const auto size = ::read(pipe_[0], bytes.data(), bytes.size());
    return {bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

 private:
  std::array<int, 2> pipe_{-1, -1};
  pid_t process_ = -1;
};

}  // namespace pixelpass
