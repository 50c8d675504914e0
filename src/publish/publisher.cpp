#include "pixelpass/publish/publisher.hpp"

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/traversal/name_lookup.hpp"

#include "publish/backoff.hpp"
#include "publish/refusals.hpp"
#include "publish/srt_sender.hpp"
#include "publish/tcp_sender.hpp"
#include "publish/udp_sender.hpp"
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::publish {
namespace {

constexpr std::array<PackageNames, 1> kSrtPackages{
    {{"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free", "gst-plugins-bad",
      "gstreamer-plugins-bad"}}};

}  // namespace

void check_protocol(const Target& target) {
  if (target.protocol != Protocol::kSrt) return;
  gst::start_gstreamer();
  if (gst::has_element("srtsink")) return;
  throw StartupError(target.to_string() + " cannot be published to: GStreamer lacks srtsink",
                     "install it: " + install_command(kSrtPackages));
}

class Publisher::Impl {
 public:
  Impl(boost::asio::io_context& io, Target target, const Broadcast& broadcast, Handlers handlers)
      : io_(io),
        target_(std::move(target)),
        broadcast_(broadcast),
        handlers_(std::move(handlers)),
        names_(io),
        retry_(io) {
    if (target_.protocol == Protocol::kSrt) thread_ = std::make_unique<gst::MediaThread>();
  }

  void connect();
  void on_broadcast() {
    if (sender_) sender_->on_broadcast();
  }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] Counters counters() const {
    auto sum = before_;
    if (!sender_) return sum;
    sum.bytes_sent += sender_->bytes_sent();
    sum.skipped_groups += sender_->skipped_groups();
    return sum;
  }

 private:
  void call_next();
  std::unique_ptr<Sender> make_sender(const SocketAddress& address);
  void set_state(State state);
  void on_open();
  void on_failed(const Error& error);
  void let_go();
  void tell_failure(const Error& error, Duration retry_in);

  boost::asio::io_context& io_;
  const Target target_;
  const Broadcast& broadcast_;
  const Handlers handlers_;
  traversal::NameLookup names_;
  boost::asio::steady_timer retry_;
  Backoff backoff_;
  State state_ = State::kConnecting;
  Counters before_;                       ///< of connections that have ended
  std::vector<SocketAddress> addresses_;  ///< that have not been called yet
  std::string told_;                      ///< the last failure; empty: it was open since
  std::unique_ptr<gst::MediaThread> thread_;
  std::unique_ptr<Sender> sender_;  ///< uses the thread
  std::unique_ptr<Sender> gone_;    ///< the one before; the same
};

void Publisher::Impl::connect() {
  gone_.reset();
  set_state(State::kConnecting);
  names_.look_up(target_.host, target_.port, [this](const auto& found) {
    addresses_ = found;
    if (addresses_.empty()) return on_failed(name_not_known(target_));
    call_next();
  });
}

void Publisher::Impl::call_next() {
  const auto address = addresses_.front();
  addresses_.erase(addresses_.begin());
  sender_ = make_sender(address);
}

std::unique_ptr<Sender> Publisher::Impl::make_sender(const SocketAddress& address) {
  const Sender::Handlers handlers{.on_open = [this] { on_open(); },
                                  .on_failed = [this](const Error& error) { on_failed(error); },
                                  .on_notice = handlers_.on_notice};
  switch (target_.protocol) {
    case Protocol::kSrt:
      return std::make_unique<SrtSender>(io_, *thread_, target_, address, broadcast_, handlers);
    case Protocol::kUdp:
      return std::make_unique<UdpSender>(io_, target_, address, broadcast_, handlers);
    case Protocol::kTcp:
      break;
  }
  return std::make_unique<TcpSender>(io_, target_, address, broadcast_, handlers);
}

void Publisher::Impl::set_state(State state) {
  if (std::exchange(state_, state) != state) handlers_.on_state();
}

void Publisher::Impl::on_open() {
  gone_.reset();
  addresses_.clear();
  told_.clear();
  backoff_.on_open(Clock::now());
  set_state(State::kPublishing);
  handlers_.on_publishing();
}

/// A name has several addresses, of which often one alone is listened at.
void Publisher::Impl::on_failed(const Error& error) {
  let_go();
  if (!addresses_.empty()) return call_next();
  const auto wait = backoff_.on_failed(Clock::now());
  set_state(State::kWaiting);
  tell_failure(error, wait);
  retry_.expires_after(wait);
  retry_.async_wait([this](const auto& cancelled) {
    if (!cancelled) connect();
  });
}

/// It is the one that calls: it goes when something else does.
void Publisher::Impl::let_go() {
  if (!sender_) return;
  before_ = counters();
  gone_ = std::move(sender_);
}

void Publisher::Impl::tell_failure(const Error& error, Duration retry_in) {
  if (std::exchange(told_, error.what) != error.what) handlers_.on_failed(error, retry_in);
}

Publisher::Publisher(boost::asio::io_context& io, Target target, const Broadcast& broadcast,
                     Handlers handlers)
    : impl_(std::make_unique<Impl>(io, std::move(target), broadcast, std::move(handlers))) {}
Publisher::~Publisher() = default;

void Publisher::start() {
  impl_->connect();
}

void Publisher::on_broadcast() {
  impl_->on_broadcast();
}

Publisher::State Publisher::state() const {
  return impl_->state();
}

const Target& Publisher::target() const {
  return impl_->target();
}

Publisher::Counters Publisher::counters() const {
  return impl_->counters();
}

}  // namespace pixelpass::publish
