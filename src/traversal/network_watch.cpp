#include "traversal/network_watch.hpp"

#include "pixelpass/base/own_file.hpp"

#include "traversal/network_state.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// The kernel writes lists in pieces of up to 32 KiB.
constexpr std::size_t kPieceBytes = 32 << 10;
/// The lists that are requested at first, in turn: a socket can have one at a time.
constexpr std::array<std::uint16_t, 3> kLists{RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE};

/// Below 0: there is none, and errno says why.
Descriptor open_route_socket() {
  Descriptor fd(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (fd.is_open() && bind(fd.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) == 0)
    return fd;
  return Descriptor(-1);
}

bool ask_for_list(int fd, std::uint16_t type) {
  struct {
    nlmsghdr header{};
    rtgenmsg body{};
  } request;
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(rtgenmsg));
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  return send(fd, &request, request.header.nlmsg_len, 0) >= 0;
}

}  // namespace

/// Shared with its own waiting handlers, which outlive NetworkWatch for a moment.
class NetworkWatch::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::function<void()> on_change, Settings settings)
      : socket_(open_route_socket()),
        descriptor_(io),
        timer_(io),
        on_change_(std::move(on_change)),
        settings_(settings) {}
  ~Impl() { release(); }

  void start() {
    if (!socket_.is_open()) return;
    descriptor_.assign(socket_.get());
    begin();
    wait_readable();
  }

  void stop() {
    on_change_ = nullptr;
    timer_.cancel();
    release();
  }

  [[nodiscard]] bool is_ready() const { return list_ == kLists.size(); }

 private:
  /// The socket closes its descriptor itself.
  void release() {
    if (descriptor_.is_open()) descriptor_.release();
  }

  /// Begins anew: requests the present state.
  void begin() {
    state_ = {};
    list_ = 0;
    ask_for_list(socket_.get(), kLists[list_]);
  }

  void wait_readable() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](error_code error) {
                             if (!error && self->on_change_) self->on_readable();
                           });
  }

  void on_readable() {
    std::optional<ByteView> piece;
    while ((piece = receive())) take(*piece);
    // ENOBUFS: notices were lost, so nothing is certain any more.
    if (errno == ENOBUFS) {
      begin();
      on_changed();
    }
    wait_readable();
  }

  /// Nullopt: there is no more, and errno says why.
  std::optional<ByteView> receive() {
    sockaddr_nl sender{};
    socklen_t length = sizeof sender;
    const ssize_t got = recvfrom(socket_.get(), piece_.data(), piece_.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&sender), &length);
    if (got < 0) return std::nullopt;
    // Other programs can send to this socket, too; the kernel's number is 0.
    return ByteView(piece_).first(sender.nl_pid == 0 ? static_cast<std::size_t>(got) : 0);
  }

  void take(ByteView piece) {
    const bool was_ready = is_ready();
    const auto outcome = state_.apply(piece);
    if (outcome.dumped && !was_ready && ++list_ < kLists.size()) ask_for_list(socket_.get(), kLists[list_]);
    if (outcome.changed && was_ready) on_changed();
  }

  void on_changed() {
    const Instant now = Clock::now();
    if (!latest_) latest_ = now + settings_.longest;
    timer_.expires_at(std::min(now + settings_.quiet, *latest_));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || !self->on_change_) return;
      self->latest_.reset();
      self->on_change_();
    });
  }

  Descriptor socket_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  std::function<void()> on_change_;  ///< empty: stopped
  const Settings settings_;
  NetworkState state_;
  std::size_t list_ = 0;           ///< which of kLists is being read
  std::optional<Instant> latest_;  ///< a change waits to be told
  Bytes piece_ = Bytes(kPieceBytes);
};

NetworkWatch::NetworkWatch(asio::io_context& io, std::function<void()> on_change, Settings settings)
    : impl_(std::make_shared<Impl>(io, std::move(on_change), settings)) {
  impl_->start();
}
NetworkWatch::~NetworkWatch() {
  impl_->stop();
}
bool NetworkWatch::is_ready() const {
  return impl_->is_ready();
}

}  // namespace pixelpass::traversal
