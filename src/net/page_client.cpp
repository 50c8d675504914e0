#include "net/page_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace pixelpass::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long the client's own end is awaited after our last byte: closing with unread input sends a reset,
/// which overtakes it.
constexpr Duration kLingerTime = 1s;

}  // namespace

PageClient::PageClient(tcp::socket socket, const SocketAddress& from, Asked asked, OnEnd on_end)
    : socket_(std::move(socket)),
      from_(from),
      asked_(asked),
      on_end_(std::move(on_end)),
      timer_(socket_.get_executor()) {}

void PageClient::start() {
  error_code ignored;  // a client that has gone already shows at the first read
  socket_.set_option(tcp::no_delay(true), ignored);
  limit_to(asked_->limits.head_time);
  read_head();
}

void PageClient::read_head() {
  socket_.async_read_some(asio::buffer(input_) + head_size_,
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (!self->asked_) return;
                            if (error) return self->end();
                            self->on_head_bytes(size);
                          });
}

void PageClient::on_head_bytes(std::size_t size) {
  head_size_ += size;
  const auto verdict = judge_head(ByteView(input_).first(head_size_), asked_->target);
  if (verdict != HeadVerdict::kNeedMore) return answer(verdict);
  if (++pieces_ >= asked_->limits.pieces_of_head) return end();
  read_head();
}

void PageClient::answer(HeadVerdict verdict) {
  auto fields = asked_->page.fields;
  fields.push_back({"Content-Length", std::to_string(asked_->page.bytes.size())});
  head_ = response_head(verdict, fields);
  const auto body = verdict == HeadVerdict::kServe ? asked_->page.bytes : ByteView();
  const bool is_served = verdict == HeadVerdict::kServe || verdict == HeadVerdict::kServeHead;
  const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_),
                                                 asio::const_buffer(body.data(), body.size())};
  limit_to(asked_->limits.answer_time);
  asio::async_write(socket_, pieces, [self = shared_from_this(), is_served](error_code error, std::size_t) {
    if (!self->asked_) return;
    if (error) return self->end();
    if (is_served) self->came_to_ = End::kServed;
    self->linger();
  });
}

void PageClient::linger() {
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  if (error) return end();
  limit_to(kLingerTime);
  read_away();
}

void PageClient::read_away() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](error_code error, std::size_t) {
    if (!self->asked_) return;
    error ? self->end() : self->read_away();
  });
}

void PageClient::limit_to(Duration time) {
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->end();
  });
}

void PageClient::end() {
  if (!asked_) return;
  const auto on_end = std::move(on_end_);
  abort();
  on_end(*this, came_to_);
}

void PageClient::abort() {
  asked_.reset();
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace pixelpass::net
