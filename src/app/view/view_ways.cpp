#include "app/view/view_ways.hpp"

#include "pixelpass/base/random.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

/// How soon a failed punch is repeated: networks change, and a NAT may give us another port.
constexpr Duration kFirstPause = 30s;
constexpr Duration kLongestPause = 5min;
constexpr Duration kPunchTime = 10s;
/// How long the tunnel looks for a host that is lost.
constexpr Duration kLookTime = 1min;
/// After this long without an answer the ticket is used as if it had no relay.
constexpr Duration kWithoutRelayAfter = 2500ms;
constexpr std::size_t kTagBytes = 8;

}  // namespace

ViewWays::ViewWays(boost::asio::io_context& io, ViewerSession& session, EventSink& events, Settings settings)
    : io_(io),
      session_(session),
      settings_(std::move(settings)),
      agent_(session, system_random),
      reply_(io, session, agent_, events,
             {.ticket = settings_.ticket, .gather = [this] { gather(); }, .wake = settings_.wake}),
      again_timer_(io),
      without_timer_(io),
      backoff_(kFirstPause, kLongestPause) {}

void ViewWays::start() {
  if (settings_.ticket.relay) {
    connect_relay();
    after(without_timer_, kWithoutRelayAfter, &ViewWays::do_without_relay);
    return gather();
  }
  if (!settings_.stun_servers.empty()) reply_.start();
}

/// Goes on without the relay: it is gone, does not let us in, or the host has lost it.
void ViewWays::do_without_relay() {
  if (session_.path()) return;
  for (const auto& candidate : settings_.ticket.candidates)
    if (candidate.kind == CandidateKind::kReflexive)
      session_.tunnel().add_path({SocketAddress(), candidate.address});
  if (!settings_.stun_servers.empty()) reply_.start();
  settings_.wake();
}

void ViewWays::after(boost::asio::steady_timer& timer, Duration time, void (ViewWays::*what)()) {
  timer.expires_after(time);
  timer.async_wait([this, what](const auto& error) {
    if (!error) (this->*what)();
  });
}

void ViewWays::connect_relay() {
  relay_ = std::make_unique<ViewRelay>(
      std::make_unique<TimerAlarm>(io_), traversal::relay_connectors(io_, agent_), *settings_.ticket.relay,
      ViewRelay::Handlers{.on_path = [this](const auto& path) { session_.tunnel().add_path(path); },
                          .on_path_lost = [this](const auto& path) { session_.tunnel().remove_path(path); },
                          .on_tried = [this](const auto& error) { session_.on_relay_tried(error); },
                          .on_outer =
                              [this](const auto& server, const auto& outer) {
                                if (gatherer_) gatherer_->on_reflexive(server, outer);
                              },
                          .wake = settings_.wake});
}

traversal::Gatherer::Handlers ViewWays::gather_handlers() {
  return {.ask_server =
              [this](const SocketAddress& server) {
                agent_.ask_outer_address(server, Clock::now());
                reply_.on_server(server);
                settings_.wake();
              },
          .forget_servers = [this] { agent_.forget_servers(); },
          .on_gathered =
              [this](const auto& found) {
                found_ = found;
                reply_.on_gathered(found);
                is_introduced_ = false;
                settings_.wake();
              },
          .on_network_change =
              [this] {
                reply_.on_network_change();
                if (relay_) relay_->look();
              }};
}

void ViewWays::gather() {
  if (gatherer_) return;
  gatherer_ = std::make_unique<traversal::Gatherer>(
      io_, traversal::GatherSettings{.bound = settings_.bound, .stun_servers = settings_.stun_servers},
      gather_handlers());
  gatherer_->start();
}

void ViewWays::on_turn(Instant now) {
  while (const auto event = agent_.poll_event())
    std::visit([this](const auto& what) { handle(what); }, *event);
  while (const auto host = session_.poll_candidates()) meet(*host, now);
  if (session_.path()) reply_.stop();
  if (is_here_ && !session_.path()) on_lost(now);
  const bool has_come = !is_here_ && session_.path();
  is_here_ = session_.path().has_value();
  if (has_come) leave_tag();
  // The hole is gone, and both have to make a new one.
  const bool was_direct = std::exchange(is_direct_, session_.path() && !session_.path()->is_relayed());
  if (was_direct && is_here_ && !is_direct_) is_introduced_ = false;
  if (session_.path() && session_.path()->is_relayed() && found_ && !is_introduced_) introduce(now);
}

void ViewWays::handle(const traversal::Reflexive& reflexive) {
  if (gatherer_) gatherer_->on_reflexive(reflexive.server, reflexive.outer);
}

void ViewWays::handle(const traversal::NoReflexive& none) {
  if (gatherer_) gatherer_->on_no_reflexive(none.server);
}

void ViewWays::handle(const traversal::RelayReady& ready) {
  if (relay_) relay_->on_event(ready);
}

void ViewWays::handle(const traversal::RelayFailed& failed) {
  if (relay_) relay_->on_event(failed);
}

void ViewWays::handle(const traversal::RelaySilent& silent) {
  if (relay_) relay_->on_event(silent);
}

void ViewWays::handle(const traversal::RelayPermitted& permitted) {
  if (relay_) relay_->on_event(permitted);
}

void ViewWays::handle(const traversal::PathFound& found) {
  backoff_.on_worked();
  session_.tunnel().add_path(found.path);
  settings_.wake();
}

void ViewWays::handle(const traversal::PunchFailed& failed) {
  if (attempt_ != failed.attempt) return;
  attempt_.reset();
  again_timer_.expires_after(backoff_.on_failed());
  again_timer_.async_wait([this](const auto& error) {
    if (error) return;
    is_introduced_ = false;
    settings_.wake();
  });
}

void ViewWays::make_tag() {
  tag_.resize(kTagBytes);
  system_random(tag_);
}

/// Leaves our tag with the host: if its address changes, it can knock here with it, whichever way we came.
void ViewWays::leave_tag() {
  make_tag();
  is_introduced_ = false;
  session_.tunnel().send_candidates({}, tag_);
  settings_.wake();
}

/// Introduces us over the relayed connection, which is also the signalling channel.
void ViewWays::introduce(Instant now) {
  make_tag();
  is_introduced_ = true;
  session_.tunnel().send_candidates(found_->candidates, tag_);
  const auto& relay = settings_.ticket.relay;
  if (relay) session_.tunnel().add_path({SocketAddress(), relay->relayed, net::Via::kPeerRelay});
  punch(kPunchTime, now);
}

void ViewWays::punch(Duration duration, Instant now) {
  auto remotes = theirs_;
  for (const auto& candidate : settings_.ticket.candidates)
    if (std::ranges::find(remotes, candidate.address) == remotes.end()) remotes.push_back(candidate.address);
  attempt_ = agent_.punch(traversal::check_key(settings_.ticket.secret, tag_),
                          {.remotes = std::move(remotes), .duration = duration}, now);
  attempt_until_ = now + duration;
  settings_.wake();
}

/// The host is lost: one of us may have another address. Asks our relay whether it still knows us, and
/// listens for a host that knocks from a new address.
void ViewWays::on_lost(Instant now) {
  if (relay_) relay_->doubt();
  if (!tag_.empty()) punch(kLookTime, now);
  settings_.wake();
}

void ViewWays::meet(const tunnel::HostCandidates& host, Instant now) {
  theirs_.clear();
  for (const auto& candidate : host.candidates) theirs_.push_back(candidate.address);
  // An answer to an earlier introduction is superseded by that to a newer one.
  if (host.tag != tag_) return;
  if (attempt_ && now < attempt_until_)
    agent_.add_remotes(*attempt_, theirs_, now);
  else if (is_introduced_)
    is_introduced_ = false;  // the host's network has changed
  settings_.wake();
}

}  // namespace pixelpass::app
