#pragma once

#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/net/http_head.hpp"
#include "pixelpass/playback/frame_feed.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace pixelpass::playback {

class HttpConnection;

/// The endpoint, as its connections see it. Outlives the connection's last callback.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  [[nodiscard]] virtual const net::HttpTarget& target() const = 0;
  [[nodiscard]] virtual const Broadcast& broadcast() const = 0;
  /// Whether one more player may be served. Makes room if possible.
  [[nodiscard]] virtual bool has_room() = 0;
  virtual void on_served() = 0;
  virtual void on_refused() = 0;
  /// A player begins to read. True: a newer group is on its way, and worth a short wait.
  virtual bool on_player() = 0;
  virtual void on_frame(const Frame& frame) = 0;
  /// The last call; the owner drops the connection.
  virtual void on_closed(const HttpConnection& connection) = 0;
};

/// One client: a request, the check, and the stream until one side ends it. Every failure ends this
/// connection alone. Alive as long as the owner holds it or an operation is pending. Thread: network.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  /// `user`: the user who owns the client, if known.
  HttpConnection(boost::asio::ip::tcp::socket socket, std::optional<uid_t> user, ConnectionOwner& owner);

  void start();
  /// Writes the broadcast's frames until the socket takes no more.
  void pump();
  /// Sends what is left, then ends the response.
  void end();
  void close();
  /// Closes without telling the owner, which is being destroyed.
  void abort();

  [[nodiscard]] bool awaits_head() const { return state_ == State::kHead; }
  [[nodiscard]] bool is_player() const { return state_ == State::kBody; }
  [[nodiscard]] std::optional<uid_t> user() const { return user_; }
  [[nodiscard]] const boost::asio::ip::tcp::socket& socket() const { return socket_; }
  [[nodiscard]] std::uint64_t skipped_groups() const { return feed_ ? feed_->skipped_groups() : 0; }
  [[nodiscard]] std::size_t bytes_behind() const { return feed_ ? feed_->bytes_behind() : 0; }

 private:
  enum class State : std::uint8_t {
    kHead,    ///< the request is coming
    kBody,    ///< the response is going out
    kLinger,  ///< all is sent; waits for the client's end, so that no reset overtakes our last bytes
    kClosed,
  };

  void prepare_socket();
  void read_head();
  void on_head_bytes(std::size_t size);
  void answer(net::HeadVerdict verdict);
  void serve();
  bool send_head(const std::string& head);
  /// False when the socket takes no more for now, or the connection was closed.
  bool write(std::span<const iovec> pieces);
  void wait_for_fresh_group();
  void wait_writable();
  void watch_input();
  void linger();
  void close_after(Duration time);

  boost::asio::ip::tcp::socket socket_;
  std::optional<uid_t> user_;
  ConnectionOwner* owner_;  ///< null once it has gone
  boost::asio::steady_timer timer_;
  State state_ = State::kHead;
  bool ending_ = false;  ///< end() was called
  bool waiting_writable_ = false;
  bool pumping_ = false;
  bool input_ended_ = false;
  std::array<std::uint8_t, net::kMaxHeadBytes> input_;
  std::size_t head_size_ = 0;
  std::optional<FrameFeed> feed_;
};

}  // namespace pixelpass::playback
