#include "pixelpass/playback/http_endpoint.hpp"

#include "pixelpass/base/socket_owner.hpp"
#include "pixelpass/net/endpoint.hpp"

#include "playback/http_connection.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxPlayers = 16;
/// The most clients that have not shown that they know the path, or linger after the last byte.
constexpr std::size_t kMaxUnfinished = 128;
constexpr std::size_t kPathRandomBytes = 16;
constexpr Duration kAcceptRetry = 100ms;  // out of file descriptors: some may be free again by then

constexpr std::string_view kNotYours =
    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

std::string random_path(const Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::uint8_t, kPathRandomBytes> bytes{};
  random(bytes);
  std::string path = "/";
  for (const std::uint8_t byte : bytes) (path += kDigits[byte >> 4]) += kDigits[byte & 0x0f];
  return path + ".ts";
}

/// The host of an address: "127.0.0.1" of "127.0.0.1:4321", "[::1]" of "[::1]:4321".
std::string without_port(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

/// Refuses without keeping state: what cannot be sent at once is lost.
void refuse(tcp::socket socket) {
  const int fd = socket.native_handle();
  std::array<std::uint8_t, net::kMaxHeadBytes> unread;
  // Closing with unread input makes the kernel send a reset, which overtakes the answer.
  static_cast<void>(::recv(fd, unread.data(), unread.size(), MSG_DONTWAIT));
  static_cast<void>(::send(fd, kNotYours.data(), kNotYours.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

tcp::acceptor bound(asio::io_context& io, const SocketAddress& listen) {
  if (!listen.is_loopback())
    throw StartupError(
        "cannot listen on " + listen.to_string() + " for players: it is not a loopback address",
        "use --listen 127.0.0.1:0");
  const auto endpoint = net::to_endpoint<tcp::endpoint>(listen);
  tcp::acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    throw StartupError("cannot listen on " + listen.to_string() + " for players: " + error.message(),
                       "use another port, or --listen 127.0.0.1:0 for any that is free");
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  return acceptor;
}

}  // namespace

class HttpEndpoint::Impl final : public ConnectionOwner, public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const SocketAddress& listen, const Broadcast& broadcast, const Random& random)
      : broadcast_(broadcast), acceptor_(bound(io, listen)), retry_(io) {
    SocketAddress local = listen;
    local.set_port(acceptor_.local_endpoint().port());
    target_ = {.path = random_path(random),
               .hosts = {without_port(local.to_string()), "localhost"},
               .port = local.port(),
               .takes_query = false};
    url_ = "http://" + local.to_string() + target_.path;
  }

  void accept();
  void write_to_all();
  void end_all(std::function<void()> closed);
  void abort_all();
  [[nodiscard]] HttpEndpoint::Counters counters() const;
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] bool knows_users() const { return owners_.can_ask(); }
  void set_began(std::function<bool()> began) { began_ = std::move(began); }
  void set_delivered(std::function<void(const Frame&)> delivered) { delivered_ = std::move(delivered); }

  [[nodiscard]] const net::HttpTarget& target() const override { return target_; }
  [[nodiscard]] const Broadcast& broadcast() const override { return broadcast_; }
  [[nodiscard]] bool has_room() override;
  void on_served() override { ++served_; }
  void on_refused() override { ++refused_; }
  bool on_player() override { return began_ && began_(); }
  void on_frame(const Frame& frame) override {
    if (delivered_) delivered_(frame);
  }
  void on_closed(const HttpConnection& connection) override;

 private:
  void add(tcp::socket socket);
  [[nodiscard]] std::optional<uid_t> user_of(const tcp::socket& socket) const;
  [[nodiscard]] std::size_t count_players() const;
  void make_room();
  void close_unheld();
  void tell_when_closed();

  const Broadcast& broadcast_;
  SocketOwners owners_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  net::HttpTarget target_;
  std::string url_;
  std::vector<std::shared_ptr<HttpConnection>> connections_;  ///< oldest first
  std::function<bool()> began_;
  std::function<void(const Frame&)> delivered_;
  std::function<void()> closed_;
  std::uint64_t served_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t skipped_by_gone_ = 0;  ///< groups, of connections that are closed
};

void HttpEndpoint::Impl::accept() {
  acceptor_.async_accept([weak = weak_from_this()](error_code error, tcp::socket socket) {
    const auto self = weak.lock();
    if (!self || !self->acceptor_.is_open()) return;
    if (!error) {
      self->add(std::move(socket));
      return self->accept();
    }
    self->retry_.expires_after(kAcceptRetry);
    self->retry_.async_wait([weak](error_code cancelled) {
      const auto again = weak.lock();
      if (!cancelled && again && again->acceptor_.is_open()) again->accept();
    });
  });
}

void HttpEndpoint::Impl::add(tcp::socket socket) {
  const auto user = user_of(socket);
  // A client without an owner has closed its socket by now.
  if (owners_.can_ask() && !(user && is_trusted(*user))) {
    ++refused_;
    return refuse(std::move(socket));
  }
  make_room();
  const auto connection = std::make_shared<HttpConnection>(std::move(socket), user, *this);
  connections_.push_back(connection);
  connection->start();
}

std::optional<uid_t> HttpEndpoint::Impl::user_of(const tcp::socket& socket) const {
  error_code error;
  const auto client = socket.remote_endpoint(error);
  const auto own = error ? tcp::endpoint() : socket.local_endpoint(error);
  if (error || !owners_.can_ask()) return std::nullopt;
  return owners_.user_of(SocketAddress::of(client), SocketAddress::of(own));
}

std::size_t HttpEndpoint::Impl::count_players() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& held) { return held->is_player(); }));
}

/// Closes a connection that is not a player's: the oldest one of the user who has the most, so that nobody
/// keeps others' players out.
void HttpEndpoint::Impl::make_room() {
  if (connections_.size() - count_players() < kMaxUnfinished) return;
  std::map<std::optional<uid_t>, std::vector<std::shared_ptr<HttpConnection>>> unfinished;
  for (const auto& held : connections_)
    if (!held->is_player()) unfinished[held->user()].push_back(held);
  const auto fewer = [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); };
  const auto oldest = std::ranges::max_element(unfinished, fewer)->second.front();
  if (oldest->awaits_head()) ++refused_;
  oldest->close();
}

bool HttpEndpoint::Impl::has_room() {
  if (count_players() >= kMaxPlayers) close_unheld();
  return count_players() < kMaxPlayers;
}

/// Closes players that have gone: a closed connection looks like a half-closed one until something is sent.
void HttpEndpoint::Impl::close_unheld() {
  if (!owners_.can_ask()) return;
  const auto all = connections_;
  for (const auto& held : all)
    if (held->is_player() && !user_of(held->socket())) held->close();
}

void HttpEndpoint::Impl::write_to_all() {
  // Backwards, since a connection that closes removes itself, and moves only those that had their turn.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    const auto connection = connections_[i];
    connection->pump();
  }
}

void HttpEndpoint::Impl::end_all(std::function<void()> closed) {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  closed_ = std::move(closed);
  const auto all = connections_;
  for (const auto& connection : all) connection->end();
  tell_when_closed();
}

void HttpEndpoint::Impl::abort_all() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (const auto& connection : connections_) connection->abort();
  connections_.clear();
}

void HttpEndpoint::Impl::on_closed(const HttpConnection& connection) {
  skipped_by_gone_ += connection.skipped_groups();
  std::erase_if(connections_, [&](const auto& held) { return held.get() == &connection; });
  tell_when_closed();
}

void HttpEndpoint::Impl::tell_when_closed() {
  if (!closed_ || acceptor_.is_open() || !connections_.empty()) return;
  asio::post(acceptor_.get_executor(), [weak = weak_from_this(), closed = std::exchange(closed_, {})] {
    if (!weak.expired()) closed();
  });
}

HttpEndpoint::Counters HttpEndpoint::Impl::counters() const {
  Counters sum{.served = served_, .refused = refused_, .skipped_groups = skipped_by_gone_};
  sum.players = count_players();
  for (const auto& connection : connections_) {
    sum.skipped_groups += connection->skipped_groups();
    sum.buffered_bytes = std::max(sum.buffered_bytes, connection->bytes_behind());
  }
  return sum;
}

HttpEndpoint::HttpEndpoint(asio::io_context& io, const SocketAddress& listen, const Broadcast& broadcast,
                           const Random& random)
    : impl_(std::make_shared<Impl>(io, listen, broadcast, random)) {
  impl_->accept();
}

HttpEndpoint::~HttpEndpoint() {
  impl_->abort_all();
}

std::string HttpEndpoint::url() const {
  return impl_->url();
}

bool HttpEndpoint::knows_users() const {
  return impl_->knows_users();
}

void HttpEndpoint::on_broadcast() {
  impl_->write_to_all();
}

void HttpEndpoint::on_player(std::function<bool()> began) {
  impl_->set_began(std::move(began));
}

void HttpEndpoint::on_delivered(std::function<void(const Frame&)> delivered) {
  impl_->set_delivered(std::move(delivered));
}

void HttpEndpoint::close(std::function<void()> closed) {
  impl_->end_all(std::move(closed));
}

HttpEndpoint::Counters HttpEndpoint::counters() const {
  return impl_->counters();
}

}  // namespace pixelpass::playback
