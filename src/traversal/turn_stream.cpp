#include "traversal/turn_stream.hpp"

#include "pixelpass/net/endpoint.hpp"
#include "pixelpass/traversal/server_certificate.hpp"

#include "traversal/send_queue.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>

#include <array>
#include <optional>
#include <utility>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 64 << 10;
/// The most unsent bytes that the kernel holds: more would be late, and could not be dropped any more.
constexpr int kUnsentInKernel = 64 << 10;
/// A server that has vanished acknowledges nothing.
constexpr unsigned kUnacknowledgedMs = 10'000;

/// Refusals are no reason to do without: these only make it better.
void tune(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const int fd = socket.native_handle();
  setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentInKernel, sizeof kUnsentInKernel);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof kUnacknowledgedMs);
}

}  // namespace

/// Shared with its own waiting handlers, which outlive TurnStream for a moment.
class TurnStream::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const RelayServer& server, Handlers handlers, Settings settings)
      : io_(io),
        shown_(server.to_string()),
        port_(server.port),
        handlers_(std::move(handlers)),
        settings_(settings),
        queue_(settings.max_queue),
        socket_(io),
        timer_(io),
        certificate_("the relay " + server.to_string(), server.host) {}

  void start(const SocketAddress& address, bool tls) {
    if (tls) {
      trust_.emplace(system_trust());
      tls_.emplace(socket_, *trust_);
    }
    arm();
    socket_.async_connect(net::to_endpoint<tcp::endpoint>(address.unmapped()),
                          [self = shared_from_this()](error_code error) {
                            if (!self->is_closed_) self->on_connected(error);
                          });
  }

  bool send(ByteView messages) {
    if (is_closed_) return false;
    const auto put = queue_.put(messages);
    if (put == SendQueue::Put::kBroken)
      lose_soon({"the relay " + shown_ + " takes nothing any more", kRelayHint});
    if (put == SendQueue::Put::kTaken && is_open_) write();
    return put == SendQueue::Put::kTaken;
  }

  [[nodiscard]] std::uint64_t dropped_bytes() const { return queue_.dropped_bytes(); }

  [[nodiscard]] bool has_own_address() const {
    error_code error;
    auto own = socket_.local_endpoint(error);
    if (error) return false;
    own.port(0);
    tcp::socket another(io_);
    another.open(own.protocol(), error);
    // Without a socket for the test, nothing speaks against the address.
    if (error) return true;
    another.bind(own, error);
    return error != boost::system::errc::address_not_available;
  }

  void close() {
    if (is_closed_) return;
    is_closed_ = true;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  static constexpr const char* kRelayHint = "check that it runs, and the network between";

  /// The deadline of the step that is next: to be open, and then to have answered.
  void arm() {
    timer_.expires_after(settings_.deadline);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && !self->is_closed_) self->on_late();
    });
  }

  void on_late() {
    if (is_open_)
      return lose({"the relay " + shown_ + " accepts connections, but does not answer as a TURN server",
                   wrong_port()});
    if (is_connected_)
      return lose({"the relay " + shown_ + " accepts connections, but does not answer in TLS", wrong_port()});
    lose({"the relay " + shown_ + " does not answer", firewall()});
  }

  void on_connected(error_code error) {
    if (error == asio::error::connection_refused)
      return lose({"nothing listens at the relay " + shown_, firewall()});
    if (error) return lose({"the relay " + shown_ + " cannot be reached: " + error.message(), firewall()});
    is_connected_ = true;
    tune(socket_);
    if (!tls_) return open();
    shake_hands();
  }

  void shake_hands() {
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(
        [this](bool good, asio::ssl::verify_context& context) { return certificate_.judge(good, context); });
    if (!certificate_.expect(tls_->native_handle()))
      return lose(
          {"the name of the relay " + shown_ + " cannot be checked", "name it as its certificate does"});
    tls_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code failed) {
      if (!self->is_closed_) self->on_handshake(failed);
    });
  }

  void on_handshake(error_code error) {
    if (!error) return open();
    if (const auto complaint = certificate_.complaint()) return lose(*complaint);
    lose({"the relay " + shown_ + " does not speak TLS with us: " + error.message(), wrong_port()});
  }

  void open() {
    is_open_ = true;
    timer_.cancel();
    read();
    write();
    handlers_.on_open();
  }

  /// Takes what there is; what comes meanwhile is taken together afterwards.
  void write() {
    const auto bytes = queue_.take();
    if (bytes.empty()) return;
    if (!has_answered_ && !awaits_answer_) {
      awaits_answer_ = true;
      arm();
    }
    auto handler = [self = shared_from_this()](error_code error, std::size_t) {
      if (!self->is_closed_) self->on_written(error);
    };
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    if (tls_)
      asio::async_write(*tls_, buffer, std::move(handler));
    else
      asio::async_write(socket_, buffer, std::move(handler));
  }

  void on_written(error_code error) {
    queue_.done();
    if (error) return lose(broken(error));
    write();
  }

  void read() {
    auto handler = [self = shared_from_this()](error_code error, std::size_t size) {
      if (!self->is_closed_) self->on_read(error, size);
    };
    if (tls_)
      tls_->async_read_some(asio::buffer(input_), std::move(handler));
    else
      socket_.async_read_some(asio::buffer(input_), std::move(handler));
  }

  void on_read(error_code error, std::size_t size) {
    if (error) return lose(broken(error));
    std::vector<Bytes> messages;
    const bool good = reader_.feed(ByteView(input_).first(size), messages);
    if (!messages.empty() && !has_answered_) {
      has_answered_ = true;
      timer_.cancel();
    }
    for (const auto& message : messages) {
      handlers_.on_message(message);
      if (is_closed_) return;
    }
    if (!good) return lose({"what answers at the relay " + shown_ + " is no TURN server", wrong_port()});
    read();
  }

  [[nodiscard]] Error broken(error_code error) const {
    const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    return {"the relay " + shown_ + (ended ? " has closed the connection" : " is lost: " + error.message()),
            kRelayHint};
  }
  [[nodiscard]] std::string firewall() const {
    return "check that it runs, its port, and that firewalls let TCP through to port " +
           std::to_string(port_);
  }
  [[nodiscard]] std::string wrong_port() const {
    return "check what listens on port " + std::to_string(port_) +
           " there, and whether turn: or turns: is meant";
  }

  void lose_soon(Error why) {
    asio::post(timer_.get_executor(), [self = shared_from_this(), why = std::move(why)] {
      if (!self->is_closed_) self->lose(why);
    });
  }

  void lose(const Error& why) {
    close();
    handlers_.on_lost(why);
  }

  asio::io_context& io_;
  const std::string shown_;
  const std::uint16_t port_;
  Handlers handlers_;
  const Settings settings_;
  SendQueue queue_;
  TurnStreamReader reader_;
  std::array<std::uint8_t, kReadBytes> input_{};
  tcp::socket socket_;
  asio::steady_timer timer_;
  ServerCertificate certificate_;
  std::optional<asio::ssl::context> trust_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  bool is_connected_ = false;
  bool is_open_ = false;
  bool awaits_answer_ = false;
  bool has_answered_ = false;
  bool is_closed_ = false;
};

TurnStream::TurnStream(asio::io_context& io, const RelayServer& server, const SocketAddress& address,
                       Handlers handlers)
    : TurnStream(io, server, address, std::move(handlers), Settings()) {}

TurnStream::TurnStream(asio::io_context& io, const RelayServer& server, const SocketAddress& address,
                       Handlers handlers, Settings settings)
    : impl_(std::make_shared<Impl>(io, server, std::move(handlers), settings)) {
  impl_->start(address, server.transport == TurnTransport::kTls);
}

TurnStream::~TurnStream() {
  impl_->close();
}

bool TurnStream::send(ByteView messages) {
  return impl_->send(messages);
}

std::uint64_t TurnStream::dropped_bytes() const {
  return impl_->dropped_bytes();
}

bool TurnStream::has_own_address() const {
  return impl_->has_own_address();
}

void TurnStream::close() {
  impl_->close();
}

}  // namespace pixelpass::traversal
