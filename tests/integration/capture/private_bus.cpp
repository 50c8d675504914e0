#include "private_bus.hpp"

#include "read_line.hpp"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace pixelpass::capture::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kDaemon = "dbus-daemon";

pid_t start_daemon(const std::string& address, int tells, const std::string& log) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  dup2(tells, STDOUT_FILENO);
  dup2(open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDERR_FILENO);
  execlp(kDaemon, kDaemon, "--session", "--nofork", "--nopidfile", "--print-address", "--address",
         address.c_str(), nullptr);
  _exit(127);
}

}  // namespace

std::string PrivateBus::missing() {
  const gst::Owned<gchar> found(g_find_program_in_path(kDaemon));
  return found ? "" : std::string(kDaemon) + " (packaging/test.sh --setup-only installs it)";
}

PrivateBus::PrivateBus() {
  auto name = (fs::temp_directory_path() / "pixelpass-bus-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  daemon_ = start_daemon("unix:path=" + (folder_ / "bus").string(), ends[1], folder_ / "log");
  close(ends[1]);
  address_ = read_line(ends[0]);
  close(ends[0]);
  if (address_.empty()) throw std::runtime_error("the message bus did not start");
}

PrivateBus::~PrivateBus() {
  ::kill(daemon_, SIGKILL);
  waitpid(daemon_, nullptr, 0);
  std::error_code error;
  fs::remove_all(folder_, error);
}

gst::Object<GDBusConnection> PrivateBus::connect() const {
  GError* error = nullptr;
  gst::Object<GDBusConnection> bus(g_dbus_connection_new_for_address_sync(
      address_.c_str(),
      static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
      nullptr, nullptr, &error));
  const gst::Owned<GError> owned(error);
  if (!bus) throw std::runtime_error(error->message);
  return bus;
}

}  // namespace pixelpass::capture::test
