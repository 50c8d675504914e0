#include "x_forwarder.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace pixelpass::capture::test {
namespace {

std::string socket_of(const std::string& display) {
  return "/tmp/.X11-unix/X" + display.substr(1);
}

/// A number that no server takes by itself while the server's own is taken.
std::string beside(const std::string& display) {
  constexpr int kFurther = 1000;
  return ":" + std::to_string(std::stoi(display.substr(1)) + kFurther);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

Descriptor open_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

bool write_all(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(to, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

/// Reads bytes alone: the kernel closes what was sent beside them.
void pump(int from, int to) {
  std::array<char, 65536> bytes{};
  for (ssize_t got = 0; (got = ::recv(from, bytes.data(), bytes.size(), 0)) > 0;)
    if (!write_all(to, bytes.data(), static_cast<std::size_t>(got))) break;
  ::shutdown(to, SHUT_WR);
}

}  // namespace

XForwarder::XForwarder(const std::string& server)
    : server_(server), display_(beside(server)), listener_(open_socket()) {
  const auto here = address_of(socket_of(display_));
  ::unlink(here.sun_path);  // of a test that was killed
  const auto* const address = reinterpret_cast<const sockaddr*>(&here);
  if (::bind(listener_.get(), address, sizeof here) != 0 || ::listen(listener_.get(), SOMAXCONN) != 0)
    throw std::runtime_error("cannot listen at " + std::string(here.sun_path));
  acceptor_ = std::jthread([this] { accept_all(); });
}

XForwarder::~XForwarder() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (const auto& end : ends_) ::shutdown(end.get(), SHUT_RDWR);
  pumps_.clear();
  ::unlink(socket_of(display_).c_str());
}

void XForwarder::accept_all() {
  const auto there = address_of(socket_of(server_));
  while (true) {
    Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.is_open()) return;
    auto server = open_socket();
    if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) continue;
    const std::lock_guard lock(mutex_);
    const std::array<int, 2> ends{client.get(), server.get()};
    ends_.push_back(std::move(client));
    ends_.push_back(std::move(server));
    pumps_.emplace_back([ends] { pump(ends[0], ends[1]); });
    pumps_.emplace_back([ends] { pump(ends[1], ends[0]); });
  }
}

}  // namespace pixelpass::capture::test
