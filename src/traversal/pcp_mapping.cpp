#include "traversal/pcp_mapping.hpp"

#include <boost/asio/post.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace pixelpass::traversal {
namespace {

constexpr int kMostReadsInARow = 16;  // whoever floods the port does not get the thread

/// A closed one where the kernel has no way there: nothing is then ever answered.
Descriptor connected_socket(SocketAddress from, SocketAddress to) {
  from.set_port(0);
  to.set_port(kPcpServerPort);
  const int family = from.is_v6() ? AF_INET6 : AF_INET;
  Descriptor fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  const bool is_ready = fd.is_open() && bind(fd.get(), from.get(), from.size()) == 0 &&
                        connect(fd.get(), to.get(), to.size()) == 0;
  return is_ready ? std::move(fd) : Descriptor(-1);
}

}  // namespace

std::shared_ptr<PcpMapping> PcpMapping::make(boost::asio::io_context& io, const PcpClient::Settings& settings,
                                             const SocketAddress& gateway, OnEvent on_event) {
  Descriptor socket = connected_socket(settings.inner, gateway);
  return std::shared_ptr<PcpMapping>(new PcpMapping(io, std::move(socket), settings, std::move(on_event)));
}

PcpMapping::PcpMapping(boost::asio::io_context& io, Descriptor socket, const PcpClient::Settings& settings,
                       OnEvent on_event)
    : io_(io), socket_(io), timer_(io), client_(settings, system_random), on_event_(std::move(on_event)) {
  if (socket.is_open()) socket_.assign(socket.release());
}

void PcpMapping::start() {
  client_.start(Clock::now());
  if (socket_.is_open())
    wait_readable();
  else
    client_.on_refused();
  drive();
}

void PcpMapping::on_announcement(const PcpResponse& announcement) {
  client_.on_announcement(announcement, Clock::now());
  drive();
}

void PcpMapping::renew() {
  client_.renew(Clock::now());
  drive();
}

void PcpMapping::release() {
  on_event_ = nullptr;
  gives_back_ = gives_back_ || client_.is_mapped();
  client_.release(Clock::now());
  drive();
}

/// Sends, tells, and waits for what comes next. What cannot be sent is as good as lost on the way.
void PcpMapping::drive() {
  while (const auto bytes = client_.poll_transmit()) {
    if (::send(socket_.native_handle(), bytes->data(), bytes->size(), MSG_NOSIGNAL) < 0 &&
        errno == ECONNREFUSED)
      client_.on_refused();
  }
  while (auto event = client_.poll_event()) {
    boost::asio::post(io_, [self = shared_from_this(), event = std::move(*event)] {
      const auto call = self->on_event_;  // which may let go of us
      if (call) call(event);
    });
  }
  if (client_.is_over()) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    return;
  }
  wait_timeout();
}

void PcpMapping::wait_timeout() {
  const auto next = client_.next_timeout();
  if (!next) return;
  timer_.expires_at(*next);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    self->client_.on_timeout(Clock::now());
    self->drive();
  });
}

void PcpMapping::wait_readable() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (error || !self->socket_.is_open()) return;
                       self->read();
                       self->drive();
                       if (self->socket_.is_open()) self->wait_readable();
                     });
}

void PcpMapping::read() {
  std::array<std::uint8_t, kMaxPcpBytes + 1> bytes{};
  for (int i = 0; i < kMostReadsInARow && !client_.is_over(); ++i) {
    const auto size = recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0 && errno == ECONNREFUSED) client_.on_refused();
    if (size < 0) return;
    client_.on_datagram(ByteView(bytes).first(static_cast<std::size_t>(size)), Clock::now());
  }
}

void PcpMapping::finish(Instant deadline) {
  while (gives_back_ && !client_.is_over() && Clock::now() < deadline) {
    const Instant until = std::min(deadline, client_.next_timeout().value_or(deadline));
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    pollfd readable{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    read();
    client_.on_timeout(Clock::now());
    drive();
  }
}

}  // namespace pixelpass::traversal
