#pragma once

#include "pixelpass/net/page_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::net {

/// One client of the page: a request, an answer, the end. Every failure ends this client alone. Alive as long
/// as the server holds it or an operation is pending. Thread: network.
class PageClient : public std::enable_shared_from_this<PageClient> {
 public:
  enum class End : std::uint8_t { kServed, kRefused };
  struct Asked {
    const Page& page;
    const HttpTarget& target;
    const PageServer::Limits& limits;
  };
  /// `on_end`: once, unless abort() was first. What is asked for lives until one of both.
  using OnEnd = std::function<void(const PageClient&, End)>;

  PageClient(boost::asio::ip::tcp::socket socket, const SocketAddress& from, Asked asked, OnEnd on_end);

  void start();
  /// Ends a client of too many, or one that is too slow.
  void refuse() { end(); }
  /// Closes without telling the server, which is going away.
  void abort();
  [[nodiscard]] const SocketAddress& from() const { return from_; }

 private:
  void read_head();
  void on_head_bytes(std::size_t size);
  void answer(HeadVerdict verdict);
  void linger();
  void read_away();
  void limit_to(Duration time);
  void end();

  boost::asio::ip::tcp::socket socket_;
  const SocketAddress from_;
  std::optional<Asked> asked_;  ///< none: it has ended
  OnEnd on_end_;
  boost::asio::steady_timer timer_;
  std::array<std::uint8_t, kMaxHeadBytes> input_;
  std::size_t head_size_ = 0;
  std::size_t pieces_ = 0;
  std::string head_;  ///< of the answer
  End came_to_ = End::kRefused;
};

}  // namespace pixelpass::net
