#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/port_mapping.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <natpmp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::traversal {

/// One port that a gateway keeps open by NAT-PMP (RFC 6886, by libnatpmp, none of whose calls here waits):
/// asked for, renewed at half of its lifetime, given back. Thread: network. Lives until it is over, whoever
/// else lets go of it.
class NatPmpMapping : public std::enable_shared_from_this<NatPmpMapping> {
 public:
  /// Never called from within a call of ours, and never after release().
  struct Handlers {
    std::function<void(const SocketAddress& outer, std::chrono::seconds lifetime)> on_mapped;
    std::function<void(bool was_mapped, const std::string& why)> on_over;  ///< the last call
  };

  struct Asked {
    std::uint16_t port = 0;
    MappedTransport transport = MappedTransport::kUdp;
    std::chrono::seconds lifetime{};
  };

  static std::shared_ptr<NatPmpMapping> make(boost::asio::io_context& io, const SocketAddress& gateway,
                                             Asked asked, Handlers handlers);
  ~NatPmpMapping();
  NatPmpMapping(const NatPmpMapping&) = delete;
  NatPmpMapping& operator=(const NatPmpMapping&) = delete;

  void start();
  /// Asks again at once, though not all the time: the gateway has begun anew, or the mapping may have been
  /// removed.
  void renew();
  /// Begins to give the mapping back; the first request has left when it returns.
  void release();
  /// Waits until what was mapped is given back, or this moment. After release().
  void finish(Instant deadline);

 private:
  enum class State : std::uint8_t { kAddress, kPort, kHeld, kReleasing, kOver };

  NatPmpMapping(boost::asio::io_context& io, const SocketAddress& gateway, Asked asked, Handlers handlers);

  void ask();
  void send_question();
  void ask_for_port(std::uint16_t outer, std::chrono::seconds lifetime);
  void drain();
  void proceed();
  void take(const natpmpresp_t& response);
  void take_address(const natpmpresp_t& response);
  void take_port(const natpmpresp_t& response);
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout();
  void wait();
  void wait_readable();
  void end(std::string why);

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor socket_;  ///< the library's
  boost::asio::steady_timer timer_;
  natpmp_t pmp_{};
  const Asked asked_;
  Handlers handlers_;
  State state_ = State::kOver;
  SocketAddress address_;               ///< the gateway's outer one
  std::optional<SocketAddress> outer_;  ///< while it is mapped
  std::optional<Instant> give_up_at_;   ///< while a question is open
  std::optional<Instant> renew_at_;
  Instant expires_at_;
  Instant asked_at_;
  bool gives_back_ = false;  ///< something that was mapped
};

}  // namespace pixelpass::traversal
