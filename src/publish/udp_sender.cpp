#include "publish/udp_sender.hpp"

#include "pixelpass/net/endpoint.hpp"

#include "publish/refusals.hpp"
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace pixelpass::publish {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

/// Datagrams sent at once: a whole keyframe would overflow a receiver's socket. 170 Mbit/s.
constexpr int kDatagramsAtOnce = 16;
constexpr Duration kBetween = 1ms;

/// As much of `pieces` as fits into one datagram.
struct Datagram {
  std::array<iovec, UdpSender::kDatagramBytes / kTsPacketBytes> parts{};
  std::size_t count = 0;
  std::size_t bytes = 0;

  explicit Datagram(std::span<const iovec> pieces) {
    for (const iovec& piece : pieces) {
      const auto room = UdpSender::kDatagramBytes - bytes;
      if (room == 0) return;
      parts[count++] = {piece.iov_base, std::min(piece.iov_len, room)};
      bytes += parts[count - 1].iov_len;
    }
  }
};

}  // namespace

UdpSender::UdpSender(asio::io_context& io, const Target& target, const SocketAddress& address,
                     const Broadcast& broadcast, Handlers handlers)
    : target_(target), handlers_(std::move(handlers)), feed_(broadcast), socket_(io), pace_(io) {
  const auto error = open(address);
  asio::post(io, [this, error, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    if (error) return handlers_.on_failed(socket_failed(target_, error));
    feed_.open();
    handlers_.on_open();
  });
}

error_code UdpSender::open(const SocketAddress& address) {
  const auto endpoint = net::to_endpoint<udp::endpoint>(address);
  error_code error;
  socket_.open(endpoint.protocol(), error);
  if (!error && endpoint.address().is_multicast())
    socket_.set_option(asio::ip::multicast::hops(target_.multicast_hops), error);
  if (!error) socket_.connect(endpoint, error);
  return error;
}

void UdpSender::pump() {
  if (is_waiting_ || has_failed_) return;
  for (int i = 0; i < kDatagramsAtOnce; ++i)
    if (!send_one()) return;
  go_on_later();
}

bool UdpSender::send_one() {
  Datagram datagram(feed_.pieces());
  if (datagram.bytes == 0) return false;
  msghdr message{};
  message.msg_iov = datagram.parts.data();
  message.msg_iovlen = datagram.count;
  if (::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
    feed_.consume(datagram.bytes);
    return true;
  }
  on_error(errno);
  return errno == EINTR;
}

void UdpSender::go_on_later() {
  is_waiting_ = true;
  pace_.expires_after(kBetween);
  pace_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const error_code& error) {
    if (error || alive.expired()) return;
    is_waiting_ = false;
    pump();
  });
}

/// An error refers to an earlier datagram; the present one was not sent.
void UdpSender::on_error(int error) {
  if (error == EINTR) return;
  if (error == EAGAIN || error == ENOBUFS) return go_on_later();
  const auto told = socket_failed(target_, {error, boost::system::system_category()});
  if (error == ECONNREFUSED) {
    go_on_later();
    if (std::exchange(has_told_refusal_, true)) return;
  } else {
    has_failed_ = true;
  }
  asio::post(socket_.get_executor(), [this, error, told, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    error == ECONNREFUSED ? handlers_.on_refused(told) : handlers_.on_failed(told);
  });
}

}  // namespace pixelpass::publish
