#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/token_bucket.hpp"

#include "app/control/control_message.hpp"
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace pixelpass::app {

/// One client of a control server. Reads, answers all that it has read, one request after the other, and only
/// then reads on. Lives as long as one of its handlers or an answer is pending. Thread: network.
class ControlConnection : public std::enable_shared_from_this<ControlConnection> {
 public:
  struct Owner {
    /// Calls back with the answer, now or later.
    std::function<void(std::string_view request, std::function<void(const std::string&)>)> answer;
    std::function<std::string(const Error&)> error;  ///< the answer to what is no request
    std::function<void(const ControlConnection&)> on_closed;
  };

  ControlConnection(boost::asio::local::stream_protocol::socket socket, Owner owner);
  void start() { read(); }
  /// Ends the connection; the owner hears nothing more.
  void close();

 private:
  void read();
  void take(std::string_view bytes);
  void answer_all();
  void answer_line(const std::string& line);
  void on_answer(const std::string& answer);
  void write();
  void on_written();
  void leave();
  void await_request();

  boost::asio::local::stream_protocol::socket socket_;
  boost::asio::steady_timer silence_;
  Owner owner_;
  TokenBucket requests_;
  ControlLines lines_;
  std::array<char, 4096> buffer_{};
  std::string answers_;
  bool is_answering_ = false;    ///< in answer_all()
  bool awaits_answer_ = false;   ///< to a request that has been passed on
  bool has_overflowed_ = false;  ///< what was read last is too long to be a request
  bool last_ = false;            ///< once the answers are written, it ends
};

}  // namespace pixelpass::app
