#include "traversal/nat_pmp_mapping.hpp"

#include <boost/asio/post.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::traversal {
namespace {

constexpr Duration kNatPmpPatience = 4s;  // five requests; the library would go on for two minutes
constexpr Duration kShortestNatPmpPause = 1s;
constexpr int kMostNatPmpReads = 16;  // whoever floods the port does not get the thread
constexpr std::chrono::seconds kShortestNatPmpLifetime = 2s;
constexpr std::chrono::seconds kLongestNatPmpLifetime = 24h;

std::string words_of_nat_pmp(int error) {
  switch (error) {
    case NATPMP_ERR_NOGATEWAYSUPPORT:
      return "nobody listens at the gateway";
    case NATPMP_ERR_UNSUPPORTEDVERSION:
      return "the gateway speaks another version";
    case NATPMP_ERR_UNSUPPORTEDOPCODE:
      return "the gateway does not map ports";
    case NATPMP_ERR_NOTAUTHORIZED:
      return "the gateway does not permit it";
    case NATPMP_ERR_NETWORKFAILURE:
      return "the gateway has no outer address";
    case NATPMP_ERR_OUTOFRESOURCES:
      return "the gateway has no room for more mappings";
    default:
      return "the gateway's answer makes no sense";
  }
}

}  // namespace

std::shared_ptr<NatPmpMapping> NatPmpMapping::make(boost::asio::io_context& io, const SocketAddress& gateway,
                                                   Asked asked, Handlers handlers) {
  return std::shared_ptr<NatPmpMapping>(new NatPmpMapping(io, gateway, asked, std::move(handlers)));
}

NatPmpMapping::NatPmpMapping(boost::asio::io_context& io, const SocketAddress& gateway, Asked asked,
                             Handlers handlers)
    : io_(io), socket_(io), timer_(io), asked_(asked), handlers_(std::move(handlers)) {
  const in_addr_t address = reinterpret_cast<const sockaddr_in*>(gateway.get())->sin_addr.s_addr;
  if (initnatpmp(&pmp_, 1, address) == 0)
    socket_.assign(pmp_.s);
  else
    closenatpmp(&pmp_);
}

NatPmpMapping::~NatPmpMapping() {
  if (!socket_.is_open()) return;
  socket_.release();
  closenatpmp(&pmp_);
}

void NatPmpMapping::start() {
  state_ = State::kAddress;
  if (!socket_.is_open()) return end("the gateway cannot be reached");
  wait_readable();
  ask();
}

void NatPmpMapping::ask() {
  asked_at_ = Clock::now();
  give_up_at_ = asked_at_ + kNatPmpPatience;
  renew_at_.reset();
  state_ = State::kAddress;
  send_question();
  wait();
}

/// Sends the question; one that cannot be sent is repeated like a lost one.
void NatPmpMapping::send_question() {
  if (state_ == State::kAddress) sendpublicaddressrequest(&pmp_);
  if (state_ == State::kPort) ask_for_port(outer_ ? outer_->port() : asked_.port, asked_.lifetime);
  if (state_ == State::kReleasing) ask_for_port(0, 0s);
}

void NatPmpMapping::ask_for_port(std::uint16_t outer, std::chrono::seconds lifetime) {
  const int protocol = asked_.transport == MappedTransport::kTcp ? NATPMP_PROTOCOL_TCP : NATPMP_PROTOCOL_UDP;
  sendnewportmappingrequest(&pmp_, protocol, asked_.port, outer,
                            static_cast<std::uint32_t>(lifetime.count()));
}

void NatPmpMapping::renew() {
  if (state_ == State::kHeld && Clock::now() - asked_at_ >= kShortestNatPmpPause) ask();
}

void NatPmpMapping::release() {
  handlers_ = {};
  gives_back_ = gives_back_ || outer_.has_value();
  const bool may_be_mapped = outer_ || state_ == State::kPort;
  if (state_ == State::kOver || !may_be_mapped) return end({});
  state_ = State::kReleasing;
  give_up_at_ = Clock::now() + kNatPmpPatience;
  send_question();
  wait();
}

/// Discards datagrams that came unasked, or after the answer.
void NatPmpMapping::drain() {
  std::array<std::uint8_t, 16> ignored{};
  for (int i = 0; i < kMostNatPmpReads; ++i)
    if (recv(socket_.native_handle(), ignored.data(), ignored.size(), MSG_DONTWAIT) < 0) return;
}

/// The answers that are there, and the library's repetitions.
void NatPmpMapping::proceed() {
  for (int i = 0; i < kMostNatPmpReads && state_ != State::kOver && give_up_at_; ++i) {
    natpmpresp_t response{};
    const int result = readnatpmpresponseorretry(&pmp_, &response);
    if (result == NATPMP_TRYAGAIN) break;
    // A refused renewal may be of a gateway that restarts: it is asked again until the mapping is over.
    if (result != 0 && (state_ == State::kReleasing || !outer_)) return end(words_of_nat_pmp(result));
    if (result != 0) {
      give_up_at_.reset();
      state_ = State::kHeld;
      renew_at_ = Clock::now() + kNatPmpPatience;
      break;
    }
    take(response);
  }
  if (state_ != State::kOver && !give_up_at_) drain();
  on_time(Clock::now());
  wait();
}

void NatPmpMapping::take(const natpmpresp_t& response) {
  const bool is_address = response.type == NATPMP_RESPTYPE_PUBLICADDRESS;
  const int wanted = asked_.transport == MappedTransport::kTcp ? NATPMP_RESPTYPE_TCPPORTMAPPING
                                                               : NATPMP_RESPTYPE_UDPPORTMAPPING;
  const bool is_port = response.type == wanted && response.pnu.newportmapping.privateport == asked_.port;
  if (state_ == State::kAddress && is_address) return take_address(response);
  if (state_ == State::kPort && is_port) return take_port(response);
  if (state_ == State::kReleasing && is_port) return end({});
  send_question();  // the library takes an answer to an earlier one, come twice, for this one's
}

void NatPmpMapping::take_address(const natpmpresp_t& response) {
  sockaddr_in raw{};
  raw.sin_family = AF_INET;
  raw.sin_addr = response.pnu.publicaddress.addr;
  address_ = SocketAddress(reinterpret_cast<const sockaddr*>(&raw), sizeof raw);
  if (address_.is_unspecified()) return end("the gateway has no outer address");
  state_ = State::kPort;
  send_question();
}

void NatPmpMapping::take_port(const natpmpresp_t& response) {
  const auto& granted = response.pnu.newportmapping;
  if (granted.mappedpublicport == 0 || granted.lifetime == 0)
    return end("the gateway's answer makes no sense");
  const auto lifetime =
      std::clamp(std::chrono::seconds(granted.lifetime), kShortestNatPmpLifetime, kLongestNatPmpLifetime);
  SocketAddress outer = address_;
  outer.set_port(granted.mappedpublicport);
  const bool is_news = !outer_ || !(*outer_ == outer);
  state_ = State::kHeld;
  outer_ = outer;
  give_up_at_.reset();
  renew_at_ = Clock::now() + lifetime / 2;
  expires_at_ = Clock::now() + lifetime;
  if (!is_news) return;
  boost::asio::post(io_, [self = shared_from_this(), outer, lifetime] {
    const auto call = self->handlers_.on_mapped;
    if (call) call(outer, lifetime);
  });
}

void NatPmpMapping::on_time(Instant now) {
  if (state_ == State::kOver) return;
  if (outer_ && state_ != State::kReleasing && now >= expires_at_)
    return end("the gateway does not answer any more");
  if (give_up_at_ && now >= *give_up_at_) {
    if (!outer_ || state_ == State::kReleasing) return end("no answer");
    give_up_at_.reset();
    state_ = State::kHeld;
    renew_at_ = now;
  }
  if (renew_at_ && now >= *renew_at_) ask();
}

std::optional<Instant> NatPmpMapping::next_timeout() {
  std::optional<Instant> next;
  const auto consider = [&next](std::optional<Instant> when) {
    if (when && (!next || *when < *next)) next = when;
  };
  consider(give_up_at_);
  consider(renew_at_);
  if (outer_) consider(expires_at_);
  timeval left{};
  if (give_up_at_ && getnatpmprequesttimeout(&pmp_, &left) == 0) {
    const auto wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
    consider(Clock::now() + std::max<Duration>(wait, 1ms));
  }
  return next;
}

void NatPmpMapping::wait() {
  if (state_ == State::kOver) return;
  const auto next = next_timeout();
  if (!next) return;
  timer_.expires_at(*next);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->proceed();
  });
}

void NatPmpMapping::wait_readable() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (error || self->state_ == State::kOver) return;
                       self->proceed();
                       if (self->state_ != State::kOver) self->wait_readable();
                     });
}

void NatPmpMapping::end(std::string why) {
  if (state_ == State::kOver) return;
  const bool was_mapped = outer_.has_value();
  state_ = State::kOver;
  outer_.reset();
  give_up_at_.reset();
  renew_at_.reset();
  timer_.cancel();
  boost::system::error_code ignored;
  if (socket_.is_open()) socket_.cancel(ignored);
  boost::asio::post(io_, [self = shared_from_this(), was_mapped, why = std::move(why)] {
    const auto call = self->handlers_.on_over;  // which may let go of us
    if (call) call(was_mapped, why);
  });
}

void NatPmpMapping::finish(Instant deadline) {
  while (gives_back_ && state_ != State::kOver && Clock::now() < deadline) {
    const Instant until = std::min(deadline, next_timeout().value_or(deadline));
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    pollfd readable{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    proceed();
  }
}

}  // namespace pixelpass::traversal
