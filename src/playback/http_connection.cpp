#include "playback/http_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kHeadTime = 5s;
/// The time for each of the last two steps: sending what is left, and waiting for the client's end.
constexpr Duration kEndTime = 500ms;
/// How long a player waits for a keyframe that was asked for (app/host/keyframe_policy): a round trip and an
/// encoder's turn. If the source cannot make one, the player starts that much later.
constexpr Duration kFreshGroupTime = 400ms;
/// A player that stops reading fills this, and then falls behind in the broadcast, where it can skip.
/// About 200 ms at 10 Mbit/s; the kernel takes twice the value for its own overhead.
constexpr int kSendBufferBytes = 256 << 10;

/// The stream ends with the connection: no length, no chunks, so that HTTP/1.0 clients can read it too. The
/// type is not video/mp2t: players then look at the bytes instead of insisting on one demuxer.
const std::array<net::HttpField, 2> kStreamFields{
    {{"Content-Type", "application/octet-stream"}, {"Accept-Ranges", "none"}}};

constexpr const char* kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n";

}  // namespace

HttpConnection::HttpConnection(tcp::socket socket, std::optional<uid_t> user, ConnectionOwner& owner)
    : socket_(std::move(socket)), user_(user), owner_(&owner), timer_(socket_.get_executor()) {}

void HttpConnection::start() {
  prepare_socket();
  close_after(kHeadTime);
  read_head();
}

void HttpConnection::prepare_socket() {
  error_code ignored;  // a client that has gone already shows at the first read
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.set_option(tcp::socket::send_buffer_size(kSendBufferBytes), ignored);
  ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
}

void HttpConnection::read_head() {
  const auto free = asio::buffer(input_) + head_size_;
  socket_.async_read_some(free, [self = shared_from_this()](error_code error, std::size_t size) {
    if (self->state_ != State::kHead) return;
    if (error) return self->close();
    self->on_head_bytes(size);
  });
}

void HttpConnection::on_head_bytes(std::size_t size) {
  head_size_ += size;
  const auto verdict = net::judge_head(ByteView(input_).first(head_size_), owner_->target());
  if (verdict == net::HeadVerdict::kNeedMore) return read_head();
  answer(verdict);
}

void HttpConnection::answer(net::HeadVerdict verdict) {
  timer_.cancel();
  const bool is_asked_for = verdict == net::HeadVerdict::kServe || verdict == net::HeadVerdict::kServeHead;
  const bool is_too_many = verdict == net::HeadVerdict::kServe && !owner_->has_room();
  is_asked_for && !is_too_many ? owner_->on_served() : owner_->on_refused();
  if (!send_head(is_too_many ? kBusy : net::response_head(verdict, kStreamFields))) return;
  verdict == net::HeadVerdict::kServe && !is_too_many ? serve() : linger();
}

void HttpConnection::serve() {
  state_ = State::kBody;
  feed_.emplace(owner_->broadcast(), FrameFeed::kMaxGroupsBehind, [this](const Frame& frame) {
    if (owner_ != nullptr) owner_->on_frame(frame);
  });
  if (owner_->on_player()) wait_for_fresh_group();
  watch_input();
  pump();
}

/// Waits for a new group, since a player that begins with old pictures stays late: it shows them at its
/// clock's pace.
void HttpConnection::wait_for_fresh_group() {
  feed_->wait_for_next_group();
  timer_.expires_after(kFreshGroupTime);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->state_ != State::kBody) return;
    self->feed_->stop_waiting();
    self->pump();
  });
}

bool HttpConnection::send_head(const std::string& head) {
  // Some hundred bytes always fit into a new socket's buffer; a client for which they do not is not worth
  // more.
  const auto sent = ::send(socket_.native_handle(), head.data(), head.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(head.size())) return true;
  close();
  return false;
}

void HttpConnection::pump() {
  if (state_ != State::kBody || waiting_writable_ || pumping_) return;
  pumping_ = true;  // on_frame may come back to us
  auto pieces = feed_->pieces();
  while (!pieces.empty() && write(pieces)) pieces = feed_->pieces();
  pumping_ = false;
  if (ending_ && pieces.empty()) linger();
}

bool HttpConnection::write(std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg does not write to it
  message.msg_iovlen = pieces.size();
  const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) {
    feed_->consume(static_cast<std::size_t>(sent));
    return state_ == State::kBody;
  }
  if (errno == EINTR) return true;
  if (errno == EAGAIN) {
    wait_writable();
  } else {
    close();
  }
  return false;
}

void HttpConnection::wait_writable() {
  waiting_writable_ = true;
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
    self->waiting_writable_ = false;
    if (self->state_ != State::kBody) return;
    if (error) return self->close();
    self->pump();
  });
}

/// Discards what the client sends after its request. Its end means nothing while we send: HTTP/1.0 clients
/// may close their half right after the request.
void HttpConnection::watch_input() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](error_code error, std::size_t) {
    if (self->state_ == State::kClosed) return;
    if (!error) return self->watch_input();
    self->input_ended_ = true;
    if (error != asio::error::eof || self->state_ == State::kLinger) self->close();
  });
}

void HttpConnection::end() {
  if (state_ == State::kHead) return close();
  if (state_ != State::kBody || ending_) return;
  ending_ = true;
  close_after(kEndTime);
  pump();
}

void HttpConnection::linger() {
  const bool watching = state_ == State::kBody;
  state_ = State::kLinger;
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  if (error || input_ended_) return close();
  close_after(kEndTime);
  if (!watching) watch_input();
}

void HttpConnection::close_after(Duration time) {
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->state_ == State::kClosed) return;
    if (self->state_ == State::kHead) self->owner_->on_refused();
    self->close();
  });
}

void HttpConnection::close() {
  if (state_ == State::kClosed) return;
  ConnectionOwner* const owner = owner_;
  abort();
  if (owner != nullptr) owner->on_closed(*this);
}

void HttpConnection::abort() {
  state_ = State::kClosed;
  owner_ = nullptr;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace pixelpass::playback
