#include "pixelpass/net/page_server.hpp"

#include "pixelpass/base/choose_to_go.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/net/endpoint.hpp"

#include "net/page_client.hpp"
#include "net/udp_socket.hpp"
#include <boost/asio/ip/v6_only.hpp>
#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace pixelpass::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Of the ports that systems choose from, other programs have a few in a hundred.
constexpr int kPortsTried = 16;
constexpr Duration kAcceptRetry = 100ms;  // out of file descriptors: some may be free again by then

error_code listen_on(tcp::acceptor& acceptor, const SocketAddress& address) {
  error_code error;
  acceptor.open(to_endpoint<tcp::endpoint>(address).protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(!address.is_unspecified()), error);
  if (!error) acceptor.bind(to_endpoint<tcp::endpoint>(address), error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
    return error;
  }
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  return error;
}

tcp::acceptor listening(asio::io_context& io, const SocketAddress& address) {
  tcp::acceptor acceptor(io);
  error_code error = asio::error::address_family_not_supported;
  if (address.is_unspecified()) {
    constexpr std::uint8_t kAny[16] = {};
    error = listen_on(acceptor, SocketAddress(kAny, address.port()));
    // No IPv6 in this kernel is no reason to fail; a port in use is.
    if (error && error != asio::error::address_in_use && !address.is_v6())
      error = listen_on(acceptor, address);
  } else {
    error = listen_on(acceptor, address);
  }
  if (!error) return acceptor;
  const std::string what = "cannot use TCP address " + address.to_string() + ": " + error.message();
  if (error == asio::error::address_in_use)
    throw StartupError(what, "another program has that port; choose one with --bind ADDRESS:PORT");
  throw StartupError(what, "give an address of this machine: --bind 0.0.0.0:PORT takes them all");
}

}  // namespace

class PageServer::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const SocketAddress& listen, Page page, const Limits& limits)
      : page_(std::move(page)), limits_(limits), acceptor_(listening(io, listen)), retry_(io) {
    target_ = {.path = "/", .hosts = {}, .port = port(), .takes_query = true};
  }

  void accept();
  void close();
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] Counters counters() const { return {clients_.size(), served_, refused_}; }

 private:
  void accept_later();
  void add(tcp::socket socket);
  void make_room(const SocketAddress& newcomer);
  void on_end(const PageClient& client, PageClient::End end);

  const Page page_;
  const Limits limits_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  HttpTarget target_;
  std::vector<std::shared_ptr<PageClient>> clients_;  ///< oldest first
  std::uint64_t served_ = 0;
  std::uint64_t refused_ = 0;
};

void PageServer::Impl::accept() {
  acceptor_.async_accept([weak = weak_from_this()](error_code error, tcp::socket socket) {
    const auto self = weak.lock();
    if (!self || !self->acceptor_.is_open()) return;
    if (error) return self->accept_later();
    self->add(std::move(socket));
    self->accept();
  });
}

void PageServer::Impl::accept_later() {
  retry_.expires_after(kAcceptRetry);
  retry_.async_wait([weak = weak_from_this()](error_code cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self && self->acceptor_.is_open()) self->accept();
  });
}

void PageServer::Impl::add(tcp::socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // has gone already
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  const auto from = SocketAddress::of(remote).unmapped();
  make_room(from);
  clients_.push_back(std::make_shared<PageClient>(
      std::move(socket), from, PageClient::Asked{page_, target_, limits_},
      [this](const PageClient& client, PageClient::End end) { on_end(client, end); }));
  const auto added = clients_.back();
  added->start();
}

void PageServer::Impl::make_room(const SocketAddress& newcomer) {
  const auto is_near = [&](const auto& client) { return line_of(client->from()) == line_of(newcomer); };
  if (std::ranges::count_if(clients_, is_near) >= static_cast<std::ptrdiff_t>(limits_.clients_of_one_line)) {
    const auto oldest = *std::ranges::find_if(clients_, is_near);
    return oldest->refuse();
  }
  if (clients_.size() < limits_.clients) return;
  std::vector<SocketAddress> all;
  all.reserve(clients_.size());
  for (const auto& client : clients_) all.push_back(client->from());
  const auto gone = clients_[choose_to_go(all)];
  gone->refuse();
}

void PageServer::Impl::on_end(const PageClient& client, PageClient::End end) {
  ++(end == PageClient::End::kServed ? served_ : refused_);
  std::erase_if(clients_, [&](const auto& held) { return held.get() == &client; });
}

void PageServer::Impl::close() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (const auto& client : clients_) client->abort();
  clients_.clear();
}

PageServer::PageServer(asio::io_context& io, const SocketAddress& listen, Page page, Limits limits)
    : impl_(std::make_shared<Impl>(io, listen, std::move(page), limits)) {
  impl_->accept();
}

PageServer::~PageServer() {
  impl_->close();
}

std::uint16_t PageServer::port() const {
  return impl_->port();
}

PageServer::Counters PageServer::counters() const {
  return impl_->counters();
}

bool can_serve_page(const SocketAddress& address) try {
  asio::io_context io;
  listening(io, address);
  return true;
} catch (const StartupError&) {
  return false;
}

SocketAddress with_shared_port(const SocketAddress& bind,
                               const std::function<bool(const SocketAddress&)>& is_free) {
  if (bind.port() != 0) return bind;
  for (int left = kPortsTried; left > 0; --left) {
    const UdpSocket socket(bind);
    SocketAddress chosen = bind;
    chosen.set_port(socket.local().port());
    if (is_free(chosen)) return chosen;
  }
  return bind;
}

}  // namespace pixelpass::net
