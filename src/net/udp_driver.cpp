#include "pixelpass/net/udp_driver.hpp"

#include "net/udp_socket.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace pixelpass::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Batches read, and batches sent, before other work on the thread gets its turn.
constexpr int kReceiveRounds = 4;
constexpr int kSendRounds = 32;

}  // namespace

/// Shared with its own waiting handlers, which outlive UdpDriver for a moment.
class UdpDriver::Impl final : public DatagramSink, public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const SocketAddress& bind)
      : io_(io), socket_(bind), descriptor_(io), timer_(io) {}

  ~Impl() override { release(); }

  [[nodiscard]] SocketAddress local() const { return socket_.local(); }

  void start(DatagramCore& core, std::function<void(Instant)> on_turn) {
    core_ = &core;
    on_turn_ = std::move(on_turn);
    descriptor_.assign(socket_.descriptor());
    wait_readable();
    wake();
  }

  void wake() {
    if (woken_ || !core_) return;
    woken_ = true;
    asio::post(io_, [self = shared_from_this()] {
      self->woken_ = false;
      self->turn(Clock::now());
    });
  }

  void stop() {
    if (!core_) return;
    core_->flush(*this, Clock::now());
    core_ = nullptr;
    timer_.cancel();
    release();
  }

  bool send(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn) override {
    return socket_.send(path, bytes, segment, ecn) != UdpSocket::Sent::kFull;
  }
  bool send_near(const Path& path, ByteView datagram, int hops) override {
    return socket_.send_near(path, datagram, hops) != UdpSocket::Sent::kFull;
  }

 private:
  /// Gives up the descriptor, which the socket closes itself.
  void release() {
    if (descriptor_.is_open()) descriptor_.release();
  }

  void wait_readable() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](error_code error) {
                             if (!error && self->core_) self->on_readable();
                           });
  }

  void on_readable() {
    const auto now = Clock::now();
    const auto deliver = [&](const Path& path, ByteView bytes, Ecn ecn) {
      core_->on_datagram(path, bytes, ecn, now);
    };
    for (int round = 0; round < kReceiveRounds && socket_.receive(deliver); ++round) {
    }
    wait_readable();
    turn(now);
  }

  /// Handles what is due in the core, its events, and its output; the clock is read once a round.
  void turn(Instant now) {
    for (int round = 0; core_ && round < kSendRounds; ++round) {
      if (const auto due = core_->next_timeout(); due && *due <= now) core_->on_timeout(now);
      on_turn_(now);
      if (!core_) return;
      if (!core_->flush(*this, now)) return wait_writable();
      now = Clock::now();
      const auto due = core_->next_timeout();
      if (!due) return;
      if (*due > now) return arm(*due);
    }
    wake();
  }

  void wait_writable() {
    if (waiting_writable_) return;
    waiting_writable_ = true;
    descriptor_.async_wait(asio::posix::descriptor_base::wait_write,
                           [self = shared_from_this()](error_code error) {
                             self->waiting_writable_ = false;
                             if (!error && self->core_) self->turn(Clock::now());
                           });
  }

  /// A timer that is set earlier is left alone: it fires, finds nothing due, and is set again. Most deadlines
  /// move back with each packet, and setting the timer is a system call.
  void arm(Instant deadline) {
    if (armed_ && *armed_ <= deadline) return;
    armed_ = deadline;
    timer_.expires_at(deadline);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      self->armed_.reset();
      if (self->core_) self->turn(Clock::now());
    });
  }

  asio::io_context& io_;
  UdpSocket socket_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  DatagramCore* core_ = nullptr;
  std::function<void(Instant)> on_turn_;
  std::optional<Instant> armed_;
  bool woken_ = false;
  bool waiting_writable_ = false;
};

UdpDriver::UdpDriver(asio::io_context& io, const SocketAddress& bind)
    : impl_(std::make_shared<Impl>(io, bind)) {}
UdpDriver::~UdpDriver() {
  impl_->stop();
}

SocketAddress UdpDriver::local() const {
  return impl_->local();
}
void UdpDriver::start(DatagramCore& core, std::function<void(Instant)> on_turn) {
  impl_->start(core, std::move(on_turn));
}
void UdpDriver::wake() {
  impl_->wake();
}
void UdpDriver::stop() {
  impl_->stop();
}

}  // namespace pixelpass::net
