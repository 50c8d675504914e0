#include "private_pipewire.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace pixelpass::capture::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPipeWirePatience = 20s;
constexpr int kManagerStarts = 5;
constexpr auto kManagerStartsWithin = 8s;  // 50 ms, usually

std::string outputs(const std::string& speakers) {
  const auto output = [&](const std::string& name, const std::string& priority) {
    return R"({ factory = adapter
    args = { factory.name = support.null-audio-sink media.class = Audio/Sink object.linger = true
             node.name = )" +
           name + " priority.session = " + priority + " audio.position = [ " + speakers + " ] } }\n";
  };
  return "context.objects = [\n" + output("test_sink", "1000") + output("other_sink", "500") + "]\n";
}

bool is_in_path(const std::string& program) {
  std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find(':', at), path.size());
    if (access((path.substr(at, end - at) + "/" + program).c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

bool takes_connections(const fs::path& socket_file) {
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_file.c_str(), sizeof address.sun_path - 1);
  const bool connected = connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(socket_fd);
  return connected;
}

/// Nothing tells when a program begins to listen.
void wait_for(const fs::path& socket_file) {
  const auto deadline = std::chrono::steady_clock::now() + kPipeWirePatience;
  while (!takes_connections(socket_file)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("nobody listens at " + socket_file.string());
    std::this_thread::sleep_for(2ms);
  }
}

std::vector<char*> arguments_of(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

}  // namespace

std::string PrivatePipeWire::missing() {
  for (const char* program : {"dbus-daemon", "pipewire", "wireplumber", "pw-metadata", "pw-link", "pw-dump"})
    if (!is_in_path(program)) return std::string(program) + " (packaging/test.sh --setup-only installs it)";
  return {};
}

PrivatePipeWire::PrivatePipeWire(const std::string& speakers) {
  auto name = (fs::temp_directory_path() / "pixelpass-sound-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  write_configuration(speakers);
  point_environment_here();
}

PrivatePipeWire::~PrivatePipeWire() {
  kill();
  for (const auto& [name, value] : environment_before_)
    value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
  std::error_code error;
  fs::remove_all(folder_, error);
}

void PrivatePipeWire::write_configuration(const std::string& speakers) const {
  for (const char* name : {"run", "config/pipewire/pipewire.conf.d", "state", "home"})
    fs::create_directories(folder_ / name);
  fs::permissions(folder_ / "run", fs::perms::owner_all);
  std::ofstream(folder_ / "config/pipewire/pipewire.conf.d/outputs.conf") << outputs(speakers);
  do_without_logind();
}

/// WirePlumber 0.4 ends where systemd was not booted, as in containers. 0.5 takes no such file.
void PrivatePipeWire::do_without_logind() const {
  const fs::path name = "wireplumber/bluetooth.lua.d";
  if (!fs::exists("/usr/share" / name)) return;
  fs::create_directories(folder_ / "config" / name);
  std::ofstream(folder_ / "config" / name / "80-no-logind.lua")
      << "bluez_monitor.properties[\"with-logind\"] = false\n";
}

void PrivatePipeWire::point_environment_here() {
  const std::map<std::string, std::string> ours{
      {"HOME", folder_ / "home"},
      {"XDG_RUNTIME_DIR", folder_ / "run"},
      {"XDG_CONFIG_HOME", folder_ / "config"},
      {"XDG_STATE_HOME", folder_ / "state"},
      // A bus of its own, and no system bus: the user's devices are not asked for.
      {"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + (folder_ / "run/bus").string()},
      {"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + (folder_ / "run/no-bus").string()},
  };
  for (const char* name : {"PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR", "PIPEWIRE_CORE"}) {
    environment_before_[name] =
        std::getenv(name) ? std::optional<std::string>(std::getenv(name)) : std::nullopt;
    unsetenv(name);
  }
  for (const auto& [name, value] : ours) {
    const char* before = std::getenv(name.c_str());
    environment_before_[name] = before ? std::optional<std::string>(before) : std::nullopt;
    setenv(name.c_str(), value.c_str(), 1);
  }
}

void PrivatePipeWire::start() {
  start_without_session_manager();
  start_session_manager();
}

/// WirePlumber 0.4 hangs now and then where applications come while it starts.
void PrivatePipeWire::start_session_manager() {
  for (int starts_left = kManagerStarts; starts_left > 0; --starts_left) {
    children_.push_back(spawn({"wireplumber"}));
    const auto deadline = std::chrono::steady_clock::now() + kManagerStartsWithin;
    while (std::chrono::steady_clock::now() < deadline)
      if (is_managed()) return;
    stop_session_manager();
  }
  throw std::runtime_error("WirePlumber does not start");
}

/// The outputs have ports, to which applications can be linked, and whoever gave them is there: they stay
/// when it ends, and its metadata do not.
bool PrivatePipeWire::is_managed() {
  std::this_thread::sleep_for(5ms);
  const auto inputs = run({"pw-link", "--input"}, "1");
  return inputs.find("test_sink:playback_") != std::string::npos &&
         inputs.find("other_sink:playback_") != std::string::npos &&
         run({"pw-metadata", "0"}, "1").find("default") != std::string::npos;
}

void PrivatePipeWire::stop_session_manager() {
  ::kill(children_.back(), SIGKILL);
  waitpid(children_.back(), nullptr, 0);
  children_.pop_back();
}

void PrivatePipeWire::start_without_session_manager() {
  // WirePlumber does not run without a bus.
  const auto bus = folder_ / "run/bus";
  children_.push_back(
      spawn({"dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path=" + bus.string()}));
  wait_for(bus);
  children_.push_back(spawn({"pipewire"}));
  wait_for(folder_ / "run/pipewire-0");
}

void PrivatePipeWire::kill() {
  for (const pid_t child : children_) ::kill(child, SIGKILL);
  for (const pid_t child : children_) waitpid(child, nullptr, 0);
  children_.clear();
  std::error_code error;
  fs::remove(folder_ / "run/bus", error);  // a killed one leaves it, and another cannot have its place
}

pid_t PrivatePipeWire::spawn(const std::vector<std::string>& command) const {
  const auto arguments = arguments_of(command);
  const auto log = (folder_ / (command.front() + ".log")).string();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

std::string PrivatePipeWire::run(const std::vector<std::string>& command, const std::string& seconds) {
  // Where WirePlumber hangs, these tools wait for it for ever, and SIGTERM is read by the loop that they may
  // not be in.
  std::vector<std::string> bounded{"timeout", "--signal=KILL", seconds};
  bounded.insert(bounded.end(), command.begin(), command.end());
  const auto arguments = arguments_of(bounded);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execvp(arguments.front(), arguments.data());
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 4096> some{};
  for (ssize_t bytes = 0; (bytes = read(ends[0], some.data(), some.size())) > 0;)
    output.append(some.data(), static_cast<std::size_t>(bytes));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return output;
}

}  // namespace pixelpass::capture::test
