#include "app/view/reply_offer.hpp"

#include "app/view/reply_plan.hpp"

#include <utility>

namespace pixelpass::app {

ReplyOffer::ReplyOffer(boost::asio::io_context& io, ViewerSession& session, traversal::Agent& agent,
                       EventSink& events, Settings settings)
    : io_(io),
      session_(session),
      agent_(agent),
      events_(events),
      settings_(std::move(settings)),
      ask_timer_(io),
      code_timer_(io) {}

void ReplyOffer::start() {
  is_at_work_ = true;
  after(ask_timer_, kAskAfter, &ReplyOffer::ask);
  after(code_timer_, kCodeAfter, &ReplyOffer::offer);
}

void ReplyOffer::after(boost::asio::steady_timer& timer, Duration time, void (ReplyOffer::*what)()) {
  timer.expires_after(time);
  timer.async_wait([this, what](const auto& error) {
    if (!error && is_at_work_) (this->*what)();
  });
}

void ReplyOffer::stop() {
  if (!std::exchange(is_at_work_, false)) return;
  ask_timer_.cancel();
  code_timer_.cancel();
}

void ReplyOffer::ask() {
  settings_.gather();
}

void ReplyOffer::on_server(const SocketAddress& server) {
  if (probe_ || server.is_v6() || !is_at_work_) return;
  is_probing_ = true;
  probe_ = std::make_unique<traversal::HopProbe>(io_, server, [this](std::optional<int> hops) {
    is_probing_ = false;
    hops_ = hops;
    offer();
  });
}

void ReplyOffer::on_network_change() {
  is_stale_ = true;
  is_probing_ = false;
  hops_.reset();
  probe_.reset();
}

void ReplyOffer::on_gathered(const traversal::Gathered& found) {
  found_ = found;
  tell_session();
  offer();
}

void ReplyOffer::tell_session() {
  session_.on_code_tried(shown_.has_value(), found_->verdict.nat);
}

/// Shows the code. It then stays, whatever else servers report about us: a friend may be sending it.
void ReplyOffer::offer() {
  const auto now = Clock::now();
  if (!is_at_work_ || now < began_ + kCodeAfter || !found_ || is_probing_ || session_.exit_code()) return;
  if (shown_ && !is_stale_) return;
  const auto addresses = reply_addresses(*found_, settings_.ticket);
  if (addresses.empty()) return;
  auto code = make_reply_code(addresses, settings_.ticket.secret);
  if (shown_ == code) return;  // STUN results for the new network are still to come.
  is_stale_ = false;
  shown_ = std::move(code);
  events_.on(ReplyCodeReady{encode_reply_code(*shown_)});
  tell_session();
  session_.tunnel().search_for(now - began_ + kReplyTime);
  // Checks of an attempt that nobody answers any more would keep our dials near.
  if (attempt_) agent_.stop(*attempt_);
  attempt_ = agent_.punch(traversal::check_key(settings_.ticket.secret, shown_->tag),
                          reply_attempt(settings_.ticket, found_->verdict.nat, hops_), now);
  settings_.wake();
}

}  // namespace pixelpass::app
