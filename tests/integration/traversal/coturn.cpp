#include "coturn.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace pixelpass::traversal::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "turnserver";
constexpr auto kPatience = 30s;

std::string path_of_program() {
  const std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find(':', at), path.size());
    auto file = path.substr(at, end - at) + "/" + kProgram;
    if (access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return {};
}

Descriptor bound(int type, const SocketAddress& address) {
  Descriptor fd(socket(address.is_v6() ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
  if (bind(fd.get(), address.get(), address.size()) != 0) return Descriptor(-1);
  return fd;
}

/// A port that nobody has, neither for UDP nor for TCP.
std::uint16_t free_port() {
  for (int tries = 0; tries < 100; ++tries) {
    const auto udp = bound(SOCK_DGRAM, SocketAddress::loopback(0));
    sockaddr_in name{};
    socklen_t length = sizeof name;
    getsockname(udp.get(), reinterpret_cast<sockaddr*>(&name), &length);
    const SocketAddress address(reinterpret_cast<const sockaddr*>(&name), length);
    if (bound(SOCK_STREAM, address).get() >= 0) return address.port();
  }
  throw std::runtime_error("no free port");
}

/// Whether a binding request is answered within 50 ms.
bool answers(const SocketAddress& server) {
  const auto fd = bound(SOCK_DGRAM, SocketAddress::loopback(0));
  if (connect(fd.get(), server.get(), server.size()) != 0) return false;
  const auto request =
      StunWriter(StunClass::kRequest, StunMethod::kBinding, make_transaction_id(system_random)).take();
  if (send(fd.get(), request.data(), request.size(), 0) < 0) return false;
  pollfd wait{fd.get(), POLLIN, 0};
  if (poll(&wait, 1, 50) <= 0) {
    return false;
  }
  std::array<std::uint8_t, 1500> answer{};
  return recv(fd.get(), answer.data(), answer.size(), 0) > 0;  // a port without a listener refuses
}

}  // namespace

std::string Coturn::missing() {
  return path_of_program().empty() ? std::string(kProgram) + " (packaging/test.sh --setup-only installs it)"
                                   : std::string();
}

Coturn::Coturn(std::vector<std::string> options) : options_(std::move(options)) {
  auto name = (fs::temp_directory_path() / "pixelpass-coturn-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  // Somebody else may take the port first: then coturn ends, and another one is tried.
  for (int tries = 0; tries < 5; ++tries) {
    port_ = free_port();
    start();
    if (comes_up()) return;
    kill();
  }
  throw std::runtime_error("coturn does not answer; see " + (folder_ / "log").string());
}

Coturn::~Coturn() {
  kill();
  std::error_code error;
  fs::remove_all(folder_, error);
}

SocketAddress Coturn::address_v6() const {
  return *SocketAddress::parse("[::1]:" + std::to_string(port_));
}

void Coturn::restart() {
  kill();
  start();
  if (!comes_up()) throw std::runtime_error("coturn does not come back");
}

void Coturn::write_configuration(const std::vector<std::string>& options) const {
  std::ofstream file(folder_ / "turnserver.conf");
  for (const auto* line : {"no-tls", "no-dtls", "no-cli", "allow-loopback-peers", "realm=pixelpass.test",
                           "no-stdout-log", "simple-log"})
    file << line << "\n";
  file << "listening-port=" << port_ << "\nuserdb=" << (folder_ / "users").string()
       << "\npidfile=" << (folder_ / "pid").string() << "\nlog-file=" << (folder_ / "log").string() << "\n";
  for (const auto& option : options) file << option << "\n";
}

void Coturn::start() {
  write_configuration(options_);
  const auto program = path_of_program();
  const auto configuration = (folder_ / "turnserver.conf").string();
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
  execl(program.c_str(), kProgram, "-c", configuration.c_str(), nullptr);
  _exit(127);
}

bool Coturn::comes_up() const {
  const auto deadline = Clock::now() + kPatience;
  while (!answers(address())) {
    if (Clock::now() > deadline || waitpid(process_, nullptr, WNOHANG) == process_) return false;
  }
  return true;
}

void Coturn::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace pixelpass::traversal::test
