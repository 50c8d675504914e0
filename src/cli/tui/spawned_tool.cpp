#include "cli/tui/spawned_tool.hpp"

#include "pixelpass/playback/player.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>

namespace pixelpass::cli {
namespace {

struct FileActions {
  posix_spawn_file_actions_t value{};
  FileActions() { posix_spawn_file_actions_init(&value); }
  ~FileActions() { posix_spawn_file_actions_destroy(&value); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

struct SpawnAttributes {
  posix_spawnattr_t value{};
  SpawnAttributes() { posix_spawnattr_init(&value); }
  ~SpawnAttributes() { posix_spawnattr_destroy(&value); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
};

void connect(FileActions& files, int from, int to) {
  if (from >= 0)
    posix_spawn_file_actions_adddup2(&files.value, from, to);
  else
    posix_spawn_file_actions_addopen(&files.value, to, "/dev/null", O_RDWR, 0);
}

}  // namespace

pid_t spawn_tool(const std::vector<std::string>& command, int input, int output) {
  FileActions files;
  connect(files, input, STDIN_FILENO);
  connect(files, output, STDOUT_FILENO);
  connect(files, -1, STDERR_FILENO);
  SpawnAttributes attributes;
  sigset_t none;
  sigset_t broken_pipe;
  sigemptyset(&none);
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes.value, &none);
  posix_spawnattr_setsigdefault(&attributes.value, &broken_pipe);
  posix_spawnattr_setflags(&attributes.value,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto environment = playback::player_environment(environ, playback::Proxies::kKeep);
  pid_t child = -1;
  const int failed = posix_spawnp(&child, arguments.front(), &files.value, &attributes.value,
                                  arguments.data(), environment.data());
  return failed == 0 ? child : -1;
}

}  // namespace pixelpass::cli
