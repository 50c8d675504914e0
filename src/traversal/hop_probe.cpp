#include "pixelpass/traversal/hop_probe.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "traversal/hop_count.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <deque>
#include <utility>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Questions are repeated once; a router may be busy.
constexpr Duration kProbeAgain = 300ms;
constexpr Duration kProbeLimit = 900ms;

/// A socket whose datagrams live for so many hops, connected to `server`. Below 0: there is no way to it.
Descriptor open_probe(const SocketAddress& server, int hops) {
  Descriptor fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd.is_open() && setsockopt(fd.get(), IPPROTO_IP, IP_TTL, &hops, sizeof hops) == 0 &&
      setsockopt(fd.get(), IPPROTO_IP, IP_RECVERR, &on, sizeof on) == 0 &&
      connect(fd.get(), server.get(), server.size()) == 0)
    return fd;
  return Descriptor(-1);
}

/// Where one datagram has ended, of those that routers have told of.
std::optional<SocketAddress> read_error(int fd) {
  std::array<std::uint8_t, 64> bytes;
  alignas(cmsghdr) std::array<char, 512> control;
  iovec slice{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &slice;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
  for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_RECVERR) continue;
    if (header->cmsg_len < CMSG_LEN(sizeof(sock_extended_err) + sizeof(sockaddr_in))) continue;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(header), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_ICMP || error.ee_type != ICMP_TIME_EXCEEDED) continue;
    sockaddr_in offender{};
    std::memcpy(&offender, CMSG_DATA(header) + sizeof error, sizeof offender);
    if (offender.sin_family == AF_INET)
      return SocketAddress(reinterpret_cast<const sockaddr*>(&offender), sizeof offender);
  }
  return std::nullopt;
}

}  // namespace

/// Shared with its own waiting handlers, which outlive HopProbe for a moment.
class HopProbe::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const SocketAddress& server, OnDone on_done)
      : io_(io), server_(server.unmapped()), again_(io), limit_(io), on_done_(std::move(on_done)) {}

  void start() {
    if (!server_.is_v6())
      for (int hops = 1; hops <= HopCount::kMost; ++hops) open(hops);
    if (probes_.empty()) return asio::post(io_, [self = shared_from_this()] { self->finish(); });
    ask();
    again_.expires_after(kProbeAgain);
    again_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->ask();
    });
    limit_.expires_after(kProbeLimit);
    limit_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->finish();
    });
  }

  void stop() {
    on_done_ = nullptr;
    again_.cancel();
    limit_.cancel();
    for (auto& probe : probes_) probe.waiting.release();
    probes_.clear();
  }

 private:
  struct Probe {
    Descriptor socket;
    asio::posix::stream_descriptor waiting;
    int hops;
  };

  void open(int hops) {
    Descriptor socket = open_probe(server_, hops);
    if (!socket.is_open()) return;
    auto& probe = probes_.emplace_back(Probe{std::move(socket), asio::posix::stream_descriptor(io_), hops});
    probe.waiting.assign(probe.socket.get());
    wait(probe);
  }

  void ask() {
    const auto question =
        StunWriter(StunClass::kRequest, StunMethod::kBinding, make_transaction_id(system_random)).take();
    // What cannot be sent is not answered either.
    for (const auto& probe : probes_)
      static_cast<void>(::send(probe.socket.get(), question.data(), question.size(), MSG_NOSIGNAL));
  }

  void wait(Probe& probe) {
    probe.waiting.async_wait(asio::posix::descriptor_base::wait_error,
                             [self = shared_from_this(), &probe](error_code error) {
                               if (!error && self->on_done_) self->on_error(probe);
                             });
  }

  void on_error(Probe& probe) {
    while (const auto ended_at = read_error(probe.socket.get())) count_.note(probe.hops, *ended_at);
    if (count_.is_sure()) return finish();
    wait(probe);
  }

  void finish() {
    const auto on_done = std::exchange(on_done_, nullptr);
    if (!on_done) return;
    const auto found = count_.first_outer();
    stop();
    on_done(found);
  }

  asio::io_context& io_;
  SocketAddress server_;
  asio::steady_timer again_;
  asio::steady_timer limit_;
  OnDone on_done_;
  std::deque<Probe> probes_;  // handlers refer to them
  HopCount count_;
};

HopProbe::HopProbe(boost::asio::io_context& io, const SocketAddress& server, OnDone on_done)
    : impl_(std::make_shared<Impl>(io, server, std::move(on_done))) {
  impl_->start();
}
HopProbe::~HopProbe() {
  impl_->stop();
}

}  // namespace pixelpass::traversal
