#include "pixelpass/publish/publisher.hpp"

#include "pixelpass/base/startable_threads.hpp"

#include "publish/engine_addresses.hpp"
#include "publish/engine_backoff.hpp"
#include "publish/engine_thread.hpp"
#include "publish/refusals.hpp"
#include "publish/srt_sender.hpp"
#include "publish/tcp_sender.hpp"
#include "publish/udp_sender.hpp"
#include "publish/whip_sender.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>
#include <utility>

namespace pixelpass::publish {
namespace {

bool needs_gstreamer(const Target& target) {
  return target.protocol == Protocol::kSrt || target.protocol == Protocol::kWhip;
}

}  // namespace

class Publisher::Impl {
 public:
  Impl(boost::asio::io_context& io, Target target, const Broadcast& broadcast, Handlers handlers,
       bool has_audio, const Lookup& lookup)
      : io_(io),
        target_(std::move(target)),
        broadcast_(broadcast),
        handlers_(std::move(handlers)),
        has_audio_(has_audio),
        look_again_after_(lookup.again),
        addresses_(io, lookup.resolve),
        retry_(io),
        proof_(io) {
    if (needs_gstreamer(target_)) thread_.emplace(io_, thread_handlers());
  }

  void connect();
  void on_broadcast() {
    if (sender_ && !is_over_) sender_->on_broadcast();
  }
  void on_unit(const AccessUnit& unit) {
    if (sender_ && !is_over_) sender_->on_unit(unit);
  }
  void stop(const std::function<void()>& done);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool wants_opus() const { return sender_ && sender_->wants_opus(); }
  [[nodiscard]] Line line() const { return sender_ ? sender_->line() : Line{}; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] Counters counters() const {
    auto sum = before_;
    if (!sender_) return sum;
    sum.bytes_sent += sender_->bytes_sent();
    sum.skipped_groups += sender_->skipped_groups();
    return sum;
  }

 private:
  void call();
  void when_thread_is_free(std::function<void()> then);
  EngineThread::Handlers thread_handlers();
  void call_next();
  void call_next_soon();
  std::unique_ptr<Sender> make_sender(const SocketAddress& address);
  Sender::Handlers sender_handlers();
  void set_state(State state);
  void on_open();
  void on_proven();
  void count_life(Instant now);
  [[nodiscard]] bool lets_go_at_once() const { return short_lives_ > 1; }
  void tell_publishing();
  void on_failed(const Error& error);
  void on_refused(const Error& error);
  void look_again_later();
  void look_again();
  void let_go();
  void end(const std::function<void()>& done);
  void call_again_in(Duration wait);
  void tell_failure(const Error& error, Duration retry_in);

  boost::asio::io_context& io_;
  const Target target_;
  const Broadcast& broadcast_;
  const Handlers handlers_;
  const bool has_audio_;
  const Duration look_again_after_;
  EngineAddresses addresses_;
  boost::asio::steady_timer retry_;
  boost::asio::steady_timer proof_;  ///< the connection has worked for a while
  EngineBackoff backoff_;
  State state_ = State::kConnecting;
  Counters before_;      ///< of connections that have ended
  std::string told_;     ///< the last failure; empty: it was told that it is open since
  int short_lives_ = 0;  ///< connections in a row that did not last; two of one that took nothing
  bool told_refusal_ = false;
  bool is_over_ = false;
  std::optional<EngineThread> thread_;  ///< where GStreamer sends
  std::unique_ptr<Sender> sender_;      ///< uses the thread
  std::unique_ptr<Sender> gone_;        ///< the one before, which calls; the same
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
};

void Publisher::Impl::connect() {
  set_state(State::kConnecting);
  when_thread_is_free([this] { call(); });
}

void Publisher::Impl::when_thread_is_free(std::function<void()> then) {
  thread_ ? thread_->when_free(std::move(then)) : then();
}

EngineThread::Handlers Publisher::Impl::thread_handlers() {
  return {.on_hung =
              [this](bool is_last) {
                handlers_.on_hung(hangs_at_end(target_, is_last));
                if (is_last) set_state(State::kWaiting);
              },
          .on_none =
              [this](const std::system_error& why) { on_failed(no_thread("sends the stream there", why)); }};
}

/// WHIP looks up itself: where it is sent on to has another name.
void Publisher::Impl::call() {
  if (is_over_) return;
  if (target_.protocol == Protocol::kWhip) {
    sender_ = std::make_unique<WhipSender>(io_, thread_->get(), target_, has_audio_, sender_handlers());
    return;
  }
  addresses_.look_up(target_.host, target_.port, [this] {
    if (addresses_.empty()) return on_failed(name_not_known(target_));
    call_next();
  });
}

void Publisher::Impl::call_next() {
  if (is_over_ || addresses_.empty()) return;
  sender_ = make_sender(addresses_.take());
}

Sender::Handlers Publisher::Impl::sender_handlers() {
  return {.on_open = [this] { on_open(); },
          .on_failed = [this](const Error& error) { on_failed(error); },
          .on_notice = handlers_.on_notice,
          .on_refused = [this](const Error& error) { on_refused(error); },
          .on_keyframe_wanted = handlers_.on_keyframe_wanted};
}

std::unique_ptr<Sender> Publisher::Impl::make_sender(const SocketAddress& address) {
  const auto handlers = sender_handlers();
  switch (target_.protocol) {
    case Protocol::kSrt:
      return std::make_unique<SrtSender>(io_, thread_->get(), target_, address, broadcast_, handlers);
    case Protocol::kUdp:
      return std::make_unique<UdpSender>(io_, target_, address, broadcast_, handlers);
    case Protocol::kTcp:
    case Protocol::kWhip:
      break;
  }
  return std::make_unique<TcpSender>(io_, target_, address, broadcast_, handlers);
}

void Publisher::Impl::set_state(State state) {
  if (std::exchange(state_, state) != state) handlers_.on_state();
}

/// UDP is open even if nobody listens, so its other addresses are kept.
void Publisher::Impl::on_open() {
  if (is_over_) return;
  if (target_.protocol != Protocol::kUdp) addresses_.clear();
  backoff_.on_open(Clock::now());
  proof_.expires_after(EngineBackoff::kWorksAfter);
  proof_.async_wait([this](const auto& cancelled) {
    if (!cancelled && !is_over_) on_proven();
  });
  if (state_ == State::kPublishing) return;  // it has moved to another address
  set_state(State::kPublishing);
  if (!lets_go_at_once()) tell_publishing();
}

void Publisher::Impl::on_proven() {
  if (!sender_ || sender_->bytes_sent() == 0) return;
  const bool was_silent = lets_go_at_once();
  short_lives_ = 0;
  if (was_silent) tell_publishing();
}

void Publisher::Impl::count_life(Instant now) {
  const bool took_some = sender_->bytes_sent() > 0;
  short_lives_ = backoff_.has_worked(now) && took_some ? 0 : short_lives_ + (took_some ? 1 : 2);
}

void Publisher::Impl::tell_publishing() {
  told_.clear();
  handlers_.on_publishing();
}

/// Tries the name's next address: often only one of several has a listener.
void Publisher::Impl::on_failed(const Error& error) {
  if (is_over_) return;
  const auto now = Clock::now();
  if (sender_ && state_ == State::kPublishing) count_life(now);
  const bool took_some = sender_ && sender_->bytes_sent() > 0;
  let_go();
  if (!addresses_.empty()) return call_next_soon();
  const auto wait = backoff_.on_failed(now, took_some);
  set_state(State::kWaiting);
  tell_failure(error, wait);
  call_again_in(wait);
}

/// Behind the end of the connection before, which let_go() has only posted.
void Publisher::Impl::call_next_soon() {
  boost::asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired() && !is_over_) when_thread_is_free([this] { call_next(); });
  });
}

void Publisher::Impl::call_again_in(Duration wait) {
  retry_.expires_after(wait);
  retry_.async_wait([this](const auto& cancelled) {
    if (!cancelled && !is_over_) connect();
  });
}

/// Datagrams go on to the last address: an engine that listens later gets them.
void Publisher::Impl::on_refused(const Error& error) {
  if (is_over_) return;
  if (!addresses_.empty()) {
    let_go();
    return call_next();
  }
  if (!std::exchange(told_refusal_, true)) handlers_.on_notice(error);
  look_again_later();
}

void Publisher::Impl::look_again_later() {
  retry_.expires_after(look_again_after_);
  retry_.async_wait([this](const auto& cancelled) {
    if (!cancelled && !is_over_) look_again();
  });
}

/// Looks up the name again: it may stand for another machine now, or be unknown at present. A sender that has
/// failed meanwhile is called again by connect().
void Publisher::Impl::look_again() {
  addresses_.look_up(target_.host, target_.port, [this] {
    if (is_over_ || !sender_) return;
    if (addresses_.empty()) return look_again_later();
    let_go();
    call_next();
  });
}

/// Keeps the sender until its callback has returned, since it is the caller.
void Publisher::Impl::let_go() {
  proof_.cancel();
  if (!sender_) return;
  before_ = counters();
  gone_ = std::move(sender_);
  boost::asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) gone_.reset();
  });
}

void Publisher::Impl::tell_failure(const Error& error, Duration retry_in) {
  if (std::exchange(told_, error.what) != error.what) handlers_.on_failed(error, retry_in);
}

void Publisher::Impl::stop(const std::function<void()>& done) {
  is_over_ = true;
  retry_.cancel();
  proof_.cancel();
  if (!sender_) return end(done);
  sender_->leave([this, done, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) end(done);
  });
}

void Publisher::Impl::end(const std::function<void()>& done) {
  let_go();
  // Behind that.
  boost::asio::post(io_, [this, done, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) thread_ ? thread_->when_over(done) : done();
  });
}

Publisher::Publisher(boost::asio::io_context& io, Target target, const Broadcast& broadcast,
                     Handlers handlers, bool has_audio, const Lookup& lookup)
    : impl_(
          std::make_unique<Impl>(io, std::move(target), broadcast, std::move(handlers), has_audio, lookup)) {}
Publisher::~Publisher() = default;

void Publisher::start() {
  impl_->connect();
}

void Publisher::on_broadcast() {
  impl_->on_broadcast();
}

void Publisher::on_unit(const AccessUnit& unit) {
  impl_->on_unit(unit);
}

void Publisher::stop(const std::function<void()>& done) {
  impl_->stop(done);
}

Publisher::State Publisher::state() const {
  return impl_->state();
}

bool Publisher::wants_opus() const {
  return impl_->wants_opus();
}

const Target& Publisher::target() const {
  return impl_->target();
}

Line Publisher::line() const {
  return impl_->line();
}

Publisher::Counters Publisher::counters() const {
  return impl_->counters();
}

}  // namespace pixelpass::publish
