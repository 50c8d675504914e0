#include "app/control/control_connection.hpp"

#include "app/control/control_server.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <string_view>
#include <utility>

namespace pixelpass::app {

using boost::system::error_code;

ControlConnection::ControlConnection(boost::asio::local::stream_protocol::socket socket, Owner owner)
    : socket_(std::move(socket)),
      silence_(socket_.get_executor()),
      owner_(std::move(owner)),
      requests_(ControlServer::kRequestBurst, ControlServer::kRequestsPerSecond) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
}

void ControlConnection::close() {
  owner_ = {};
  error_code ignored;
  socket_.close(ignored);
  silence_.cancel();
}

void ControlConnection::leave() {
  const auto on_closed = std::exchange(owner_.on_closed, {});
  if (on_closed) on_closed(*this);
  close();
}

void ControlConnection::read() {
  await_request();
  socket_.async_read_some(boost::asio::buffer(buffer_),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (error) return self->leave();
                            self->take({self->buffer_.data(), size});
                          });
}

/// Ends a silent client, also one that does not read its answers.
void ControlConnection::await_request() {
  silence_.expires_after(ControlServer::kMaxSilence);
  silence_.async_wait([weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self && !error) self->leave();
  });
}

void ControlConnection::take(std::string_view bytes) {
  has_overflowed_ = !lines_.feed(bytes);
  answer_all();
}

/// Up to a request whose answer comes later, and from there on once it has come.
void ControlConnection::answer_all() {
  is_answering_ = true;
  while (!awaits_answer_) {
    const auto line = lines_.next();
    if (!line) break;
    if (!line->empty() && !last_) answer_line(*line);
  }
  is_answering_ = false;
  if (awaits_answer_) return;
  if (has_overflowed_ && !last_ && owner_.error) {
    answers_ += owner_.error(
        {"a request is too long", "at most " + std::to_string(kMaxControlLine) + " bytes", ExitCode::kUsage});
    last_ = true;
  }
  write();
}

void ControlConnection::answer_line(const std::string& line) {
  if (!owner_.answer) return;
  if (requests_.take(Clock::now())) {
    awaits_answer_ = true;
    return owner_.answer(line,
                         [self = shared_from_this()](const std::string& answer) { self->on_answer(answer); });
  }
  answers_ += owner_.error(
      {"too many requests",
       "at most " + std::to_string(static_cast<int>(ControlServer::kRequestsPerSecond)) + " a second",
       ExitCode::kUsage});
  last_ = true;
}

void ControlConnection::on_answer(const std::string& answer) {
  answers_ += answer;
  awaits_answer_ = false;
  if (!is_answering_) answer_all();
}

/// Writes at once, as far as possible: a host that is told to stop may not get to it later.
void ControlConnection::write() {
  error_code error;
  const std::size_t size = answers_.empty() ? 0 : socket_.write_some(boost::asio::buffer(answers_), error);
  if (error && error != boost::asio::error::would_block) return leave();
  answers_.erase(0, size);
  if (answers_.empty()) return on_written();
  boost::asio::async_write(socket_, boost::asio::buffer(answers_),
                           [self = shared_from_this()](error_code failed, std::size_t) {
                             if (failed) return self->leave();
                             self->answers_.clear();
                             self->on_written();
                           });
}

void ControlConnection::on_written() {
  if (last_) return leave();
  read();
}

}  // namespace pixelpass::app
