#include "tunnel/host_core.hpp"
#include "tunnel/unproven.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::tunnel {

HostTunnel::Core::Session* HostTunnel::Core::session_beside(const HostLink& link) const {
  auto* const owner = owner_of(link);
  if (!owner) return nullptr;
  const bool is_beside = std::ranges::find(owner->standby, &link) != owner->standby.end();
  return is_beside ? owner : nullptr;
}

void HostTunnel::Core::stand_by(Session& session, HostLink& link, const wire::Hello& hello) {
  owners_[&link] = &session;
  unproven_.erase(link.number());
  link.stand_by(welcome(), hello.latency);
  put_aside(session, link);
}

/// Keeps the link until it is closed; where there are too many such links, the oldest are closed.
void HostTunnel::Core::put_aside(Session& session, HostLink& link) {
  session.standby.push_back(&link);
  set_.touch(link.connection());
  while (session.standby.size() > kMaxStandbyPerViewer) {
    auto* const oldest = session.standby.front();
    session.standby.pop_front();
    session.ending.push_back(oldest);  // it is counted until it is closed
    if (session.next == oldest) give_up_move(session);
    let_go(*oldest, CloseCode::kReplaced);
  }
}

void HostTunnel::Core::on_move(HostLink& link, const wire::MoveMedia& wanted) {
  auto* session = session_beside(link);
  if (!session || !session->link) return;
  if (wanted.at_once)
    move_at_once(*session, link);
  else
    begin_move(*session, link);
}

void HostTunnel::Core::begin_move(Session& session, HostLink& to) {
  if (session.next == &to) return;
  give_up_move(session);
  session.next = &to;
  moving_[&to.connection()] = &session;
  to.warm_up();
}

void HostTunnel::Core::give_up_move(Session& session) {
  auto* const next = std::exchange(session.next, nullptr);
  if (!next) return;
  moving_.erase(&next->connection());
  if (!next->connection().is_closed()) next->stand_by_at_once();
}

/// Moves media to this connection if it was to take over and is warm by now, as only what it acknowledges
/// makes it.
void HostTunnel::Core::finish_move(const Connection& to) {
  const auto found = moving_.find(&to);
  if (found == moving_.end()) return;
  auto& session = *found->second;
  if (session.next->is_warm()) move(session, *session.next);
}

/// Moves the media to another link: the current group ends on the old one. A new group is asked for, since
/// the screen may stand still for minutes.
void HostTunnel::Core::move(Session& session, HostLink& to) {
  auto& from = *session.link;
  from.stand_by_from(broadcast_.next_group());
  to.take_over_from(broadcast_.next_group());
  on_moved(session, to, std::nullopt);
  put_aside(session, from);
}

void HostTunnel::Core::move_at_once(Session& session, HostLink& to) {
  auto* const from = session.link->connection().is_closed() ? nullptr : session.link;
  if (from) from->stand_by_at_once();
  to.take_over_at_once();
  const auto age = broadcast_.empty()
                       ? std::nullopt
                       : std::optional(now_ - broadcast_.started_at(broadcast_.newest_group()));
  on_moved(session, to, age);
  if (from) put_aside(session, *from);
}

void HostTunnel::Core::on_moved(Session& session, HostLink& to, std::optional<Duration> group_age) {
  if (session.next == &to) {
    session.next = nullptr;
    moving_.erase(&to.connection());
  }
  session.link = &to;
  std::erase(session.standby, &to);
  set_.touch(to.connection());
  const auto before = std::exchange(session.path, to.connection().path());
  events_.emplace_back(ViewerMoved{session.number, before, session.path});
  events_.emplace_back(KeyframeWanted{session.number, group_age});
}

/// A viewer that says bye, or is kicked, has left, whatever other connections it has. Otherwise one of those
/// takes over, as the viewer would ask for anyway.
void HostTunnel::Core::on_media_link_closed(Session& session, const CloseInfo& info) {
  const bool said_bye =
      info.by == CloseInfo::By::kPeer && info.code == static_cast<std::uint64_t>(CloseCode::kBye);
  const bool has_left = closed_ || said_bye || info.by == CloseInfo::By::kUs;
  if (!has_left && !session.standby.empty()) return move_at_once(session, *session.standby.back());
  give_up_move(session);
  session.link = nullptr;
  const auto others = session.standby;  // closing one takes it off the list
  for (auto* link : others) let_go(*link, CloseCode::kReplaced);
  admission_.release(session.number);
  events_.emplace_back(SessionClosed{session.number, session.name, session.path, info.reason});
}

}  // namespace pixelpass::tunnel
