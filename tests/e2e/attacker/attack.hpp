#pragma once

#include "pixelpass/net/udp_driver.hpp"

#include "../../sim/raw_peer.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>

namespace pixelpass::attacker {

/// One way to do harm over one UDP socket: a raw QUIC end that a subclass makes misbehave, a few times in
/// each hundredth of a second. Runs until it is killed. Thread: one.
class Attack {
 public:
  Attack(boost::asio::io_context& io, const SocketAddress& bind);
  virtual ~Attack() = default;
  void run();

 protected:
  virtual std::unique_ptr<sim::RawEnd> make_end() = 0;
  /// Called every few milliseconds.
  virtual void step(Instant now) = 0;
  sim::RawEnd& end() { return *end_; }
  net::UdpDriver driver_;

 private:
  void tick();

  boost::asio::steady_timer timer_;
  std::unique_ptr<sim::RawEnd> end_;
};

/// Datagrams above this size are not heard by who withholds acknowledgements.
inline constexpr std::size_t kUnheardBytes = 600;
/// Asks for answers: first so many at once that they come in a datagram that is not heard, then as many as
/// come in one that is. What was asked for first is never acknowledged.
void ask_and_withhold(sim::RawLine& line, bool first);

/// One line of standard output, for the test that started us.
void say(const std::string& line);

/// `mode` as in main.cpp; null when there is none of that name. `port`: of the address that a playlist names.
std::unique_ptr<Attack> make_host_attack(boost::asio::io_context& io, const std::string& mode,
                                         const std::string& port);
std::unique_ptr<Attack> make_viewer_attack(boost::asio::io_context& io, const std::string& mode,
                                           const Ticket& ticket, const std::string& knock);

/// Another user (`user`: a number; empty: as whoever runs us) at a port on loopback. Returns at once; goes on
/// as long as `io` runs. Throws when it cannot become that user.
void start_local_attack(boost::asio::io_context& io, const std::string& port, const std::string& user);

}  // namespace pixelpass::attacker
