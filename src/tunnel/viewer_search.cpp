#include "tunnel/viewer_core.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace pixelpass::tunnel {
namespace {

/// Whether a ticket's address is dialled at once. An address that a STUN server saw may be a NAT's, and a NAT
/// that sees a stranger's datagram before the host's own to that stranger may give the host another port for
/// it. Where there is a relay, the two meet there first, and then open that way from both ends.
bool is_dialled_at_once(const Ticket& ticket, const Candidate& candidate) {
  return !ticket.relay || candidate.kind == CandidateKind::kHost || candidate.kind == CandidateKind::kMapped;
}

/// The ticket's paths, except those of an address family to which the socket cannot send.
std::vector<net::Path> direct_paths(const Ticket& ticket, const SocketAddress& local) {
  std::vector<net::Path> all;
  for (const auto& candidate : ticket.candidates)
    if (is_dialled_at_once(ticket, candidate) && (local.is_v6() || !candidate.address.is_v6()))
      all.push_back({local, candidate.address});
  return all;
}

bool is_from_host(const CloseInfo& info, CloseCode code) {
  return info.by == CloseInfo::By::kPeer && info.code == static_cast<std::uint64_t>(code);
}

bool is_from_us(const CloseInfo& info, CloseCode code) {
  return info.by == CloseInfo::By::kUs && info.code == static_cast<std::uint64_t>(code);
}

Dialer::Failure failure_of(const CloseInfo& info) {
  if (info.by == CloseInfo::By::kTls) return Dialer::Failure::kWrongHost;
  return is_from_host(info, CloseCode::kBusy) ? Dialer::Failure::kBusy : Dialer::Failure::kBroken;
}

}  // namespace

ViewerTunnel::Core::Core(ViewerSettings settings, SocketAddress local, Random random, Instant now,
                         WallClock wall_clock)
    : settings_(std::move(settings)),
      paths_(direct_paths(settings_.ticket, local)),
      now_(now),
      wall_clock_(std::move(wall_clock)),
      watch_(now),
      dialer_(paths_, {.first = settings_.dial_timeout, .again = settings_.reconnect_timeout},
              settings_.more_paths, ids_, now),
      keeper_(paths_, ids_),
      links_(*this, settings_, local, std::move(random), wall_clock_) {}

/// A second link may be let in after the first: the host was asked over both. It answers pings over the one
/// whose hello it heard last.
void ViewerTunnel::Core::on_welcome(ViewerLink& link, const wire::Welcome& welcome) {
  host_name_ = welcome.host_name;
  on_host_time(welcome.host_time);
  if (keeper_.owns(link.id())) return keeper_.on_welcome(link.id());
  dialer_.on_welcome(link.id(), now_);
  if (!dialer_.is_active(link.id())) {
    if (state_ == State::kSearching)
      on_connected(link);
    else
      link.send(wire::Ping{clock_reading(now_)});
  }
  events_.emplace_back(Described{welcome.stream});
}

void ViewerTunnel::Core::on_connected(ViewerLink& link) {
  events_.emplace_back(Connected{host_name_, link.connection().path(), now_ - dialer_.began(),
                                 dialer_.settled_once(), clock_ahead_});
  state_ = State::kConnected;
  watch_over(link, watch_.brings_media(now_));
}

/// Makes this link the only one, except for one that still brings the rest of a group, which the host will
/// close.
void ViewerTunnel::Core::watch_over(ViewerLink& link, bool spare_old) {
  begin_watch(link);
  dialer_.settle(link.id(), spare_old, now_);
}

void ViewerTunnel::Core::follow(ViewerLink& link, bool spare_old) {
  const auto before = media_path_;
  begin_watch(link);
  if (media_path_ != before) events_.emplace_back(PathChanged{before, media_path_});
  dialer_.follow(link.id(), spare_old, now_);
}

void ViewerTunnel::Core::begin_watch(const ViewerLink& link) {
  fall_back_.reset();
  boundary_.reset();
  media_path_ = link.connection().path();
  keeper_.begin(link.id(), media_path_, now_);
  // The host may have restarted since, on a machine that did, too: its clock is another one.
  if (!dialer_.is_active(link.id())) offset_.reset();
  watch_.begin(now_);
}

/// A refusal over a link that is not needed any more does not end the view: the host was asked there before
/// it had room.
void ViewerTunnel::Core::on_refused(ViewerLink& link, const wire::Refused& refused) {
  on_host_time(refused.host_time);
  link.connection().close(CloseCode::kBye, "", now_);
  const bool is_needed = state_ == State::kSearching || dialer_.is_active(link.id());
  if (is_needed) finish(RefusedByHost{refused.reason, clock_ahead_, refused.versions});
}

void ViewerTunnel::Core::on_link_closed(ViewerLink& link, const CloseInfo& info) {
  const bool was_active = dialer_.is_active(link.id());
  const bool was_beside = keeper_.on_closed(link.id(), now_);
  const auto had_come = dialer_.on_closed(link.id(), failure_of(info), now_);
  links_.forget(link);
  if (state_ == State::kEnded) return;
  if (was_beside && is_from_host(info, CloseCode::kBye)) return finish(HostLeft{info.reason});
  if (!had_come) return;
  if (info.by == CloseInfo::By::kTls) wrong_host_ = true;
  if (auto last = final_event(info, was_active || state_ == State::kSearching))
    return finish(std::move(*last));
  on_link_lost(*had_come, was_active, info);
}

/// The final event, if a link's end is one. `is_needed`: no other link works.
std::optional<ViewerEvent> ViewerTunnel::Core::final_event(const CloseInfo& info, bool is_needed) const {
  constexpr auto kFirstRefusal = static_cast<std::uint64_t>(CloseCode::kRefused);
  if (info.by == CloseInfo::By::kPeer && info.code >= kFirstRefusal && is_needed)
    return RefusedByHost{wire::refused_reason(info.code - kFirstRefusal), clock_ahead_};
  if (is_from_us(info, CloseCode::kProtocol))
    return Lost{.reason = "the host does not keep to the protocol: " + info.reason, .broken_off = true};
  if (is_from_us(info, CloseCode::kExcess))
    return Lost{.reason = "the host asks for more than it has use for", .broken_off = true};
  if (is_from_host(info, CloseCode::kExcess))
    return Lost{.reason = "the host says that this side asks for too much", .broken_off = true};
  return std::nullopt;
}

void ViewerTunnel::Core::on_link_lost(Dialer::State had_come, bool was_active, const CloseInfo& info) {
  const bool was_bye = is_from_host(info, CloseCode::kBye);
  const bool is_last_newcomer =
      !dialer_.settled_once() && links_.all().empty() && had_come != Dialer::State::kDialling;
  if (was_bye && (was_active || is_last_newcomer)) return finish(HostLeft{info.reason});
  if (!dialer_.settled_once() && dialer_.is_at_end()) return give_up();
  if (!was_active || state_ != State::kConnected) return;
  const auto replacement = is_from_host(info, CloseCode::kReplaced) ? dialer_.replacement() : std::nullopt;
  if (replacement) return follow(*links_.find(*replacement), false);
  on_active_lost(info.reason.empty() ? "the connection was lost" : info.reason);
}

/// Begins a search, unless there is one: a connection that ends during a search is no news.
void ViewerTunnel::Core::begin_search(std::string reason) {
  if (state_ != State::kConnected) return;
  state_ = State::kSearching;
  attempt_told_ = 1;
  fall_back_.reset();
  keeper_.pause(now_);
  dialer_.search(now_);
  watch_.end();
  events_.emplace_back(Reconnecting{1, std::move(reason)});
}

void ViewerTunnel::Core::give_up() {
  if (dialer_.settled_once())
    finish(Lost{"the host could not be reached again"});
  else if (wrong_host_)
    finish(WrongHost{});
  else
    finish(Unreachable{paths_});
}

void ViewerTunnel::Core::tell_of_attempt() {
  if (state_ != State::kSearching || !dialer_.settled_once() || dialer_.attempt() <= attempt_told_) return;
  attempt_told_ = dialer_.attempt();
  events_.emplace_back(Reconnecting{attempt_told_, "no answer yet"});
}

}  // namespace pixelpass::tunnel
