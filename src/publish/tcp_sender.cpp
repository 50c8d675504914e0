#include "publish/tcp_sender.hpp"

#include "pixelpass/net/endpoint.hpp"

#include "publish/refusals.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace pixelpass::publish {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kConnectWithin = 5s;
/// The most unsent bytes that the kernel holds: more would be late, and could not be dropped any more.
constexpr int kUnsentInKernel = 256 << 10;
/// How long data may stay unacknowledged, as it does when an engine has vanished.
constexpr unsigned kUnacknowledgedMs = 10'000;

/// Sets socket options that improve live sending, and are not required. False: it will be noticed late that
/// an engine has vanished.
bool tune_for_live(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const int fd = socket.native_handle();
  setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentInKernel, sizeof kUnsentInKernel);
  return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof kUnacknowledgedMs) == 0;
}

/// Treats an orderly end of the connection as an error, too.
error_code without_end(const error_code& error) {
  return error == asio::error::eof ? error_code(asio::error::connection_reset) : error;
}

}  // namespace

template <class What>
auto TcpSender::while_alive(What what) {
  return [alive = std::weak_ptr<bool>(alive_), what = std::move(what)](const error_code& error, auto...) {
    if (!alive.expired() && error != asio::error::operation_aborted) what(error);
  };
}

TcpSender::TcpSender(asio::io_context& io, const Target& target, const SocketAddress& address,
                     const Broadcast& broadcast, Handlers handlers)
    : target_(target), handlers_(std::move(handlers)), feed_(broadcast), socket_(io), deadline_(io) {
  deadline_.expires_after(kConnectWithin);
  deadline_.async_wait(while_alive([this](const error_code&) { fail(no_answer(target_)); }));
  socket_.async_connect(net::to_endpoint<tcp::endpoint>(address),
                        while_alive([this](const error_code& error) { on_connected(error); }));
}

void TcpSender::on_connected(const error_code& error) {
  if (has_failed_) return;
  deadline_.cancel();
  if (error) return fail(socket_failed(target_, error));
  if (!tune_for_live(socket_) && handlers_.on_notice) handlers_.on_notice(vanishes_unseen(target_));
  feed_.open();
  watch_end();
  handlers_.on_open();
}

void TcpSender::pump() {
  while (!is_waiting_ && !has_failed_) {
    const auto pieces = feed_.pieces();
    if (pieces.empty()) return;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg's type only
    message.msg_iovlen = pieces.size();
    const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      feed_.consume(static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno == EAGAIN) {
      wait_writable();
    } else if (sent < 0 && errno != EINTR) {
      fail(socket_failed(target_, {errno, boost::system::system_category()}));
    }
  }
}

void TcpSender::wait_writable() {
  is_waiting_ = true;
  socket_.async_wait(tcp::socket::wait_write, while_alive([this](const error_code&) {
                       is_waiting_ = false;
                       pump();
                     }));
}

/// Watches for the engine's end, also while nothing is sent because the source is paused.
void TcpSender::watch_end() {
  socket_.async_read_some(asio::buffer(unread_), while_alive([this](const error_code& error) {
                            if (error) return fail(socket_failed(target_, without_end(error)));
                            watch_end();
                          }));
}

void TcpSender::fail(Error error) {
  if (std::exchange(has_failed_, true)) return;
  deadline_.cancel();
  // Closed now, since nobody would handle a late answer of the engine.
  error_code ignored;
  socket_.close(ignored);
  asio::post(socket_.get_executor(), [this, alive = std::weak_ptr<bool>(alive_), error = std::move(error)] {
    if (!alive.expired()) handlers_.on_failed(error);
  });
}

}  // namespace pixelpass::publish
