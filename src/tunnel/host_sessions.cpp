#include "tunnel/host_core.hpp"
#include "tunnel/unproven.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// A connection that was heard from this lately is alive: it finishes its groups before it is replaced.
constexpr Duration kAlive = 1s;
/// The most viewers whose counters are remembered for when they come back.
constexpr std::size_t kRememberedSessions = 1024;

}  // namespace

/// The secret that the hello proves: the newest one, or an earlier one for a viewer that came in with it, and
/// that nobody else can be. Whether it may watch is decided by `admission_`.
const Secret* HostTunnel::Core::proven_by(const HostLink& link, const wire::Hello& hello) const {
  const auto exporter = link.connection().export_keying_material();
  if (!exporter) throw std::bad_alloc();  // it fails for nothing else
  const auto* secret = secrets_.proven_by(hello.proof, hello.session, *exporter);
  if (!secret || *secret == secrets_.newest()) return secret;
  const auto known = sessions_.find(hello.session);
  return known != sessions_.end() && known->second.secret == *secret ? secret : nullptr;
}

void HostTunnel::Core::on_hello(HostLink& link, const wire::Hello& hello) {
  // Another version may prove the secret in another way, so this comes first.
  if (!wire::common_version(wire::kVersions, hello.versions))
    return link.refuse(
        {.reason = wire::RefusedReason::kVersion, .host_time = {}, .versions = wire::kVersions});
  const Secret* secret = nullptr;
  try {
    secret = proven_by(link, hello);
  } catch (const std::bad_alloc&) {  // not a wrong secret: it may dial again
    return let_go(link, CloseCode::kBusy);
  }
  if (!secret) return link.refuse({.reason = wire::RefusedReason::kProof, .host_time = {}, .versions = {}});
  const auto viewer = admission_.admit(hello.session);
  if (viewer && hello.standby)
    if (auto* session = find_viewer(*viewer)) return stand_by(*session, link, hello);
  if (viewer) {
    admit(link, hello, *viewer, *secret);
    if (hello.standby) link.take_over_at_once();  // there is nothing to stand by for
    return;
  }
  link.refuse({.reason = viewer.error(), .host_time = wall_clock_(), .versions = {}});
}

void HostTunnel::Core::renew_secret(const Secret& secret) {
  secrets_.renew(secret, [this](const Secret& earlier) {
    return std::ranges::any_of(sessions_, [&](const auto& entry) {
      return entry.second.link != nullptr && entry.second.secret == earlier;
    });
  });
}

/// The first group to send: the newest one, unless the viewer has had it.
std::uint64_t HostTunnel::Core::first_group_for(const wire::Hello& hello, const Session& session) {
  if (broadcast_.empty()) return broadcast_.next_group();
  const auto newest = broadcast_.newest_group();
  const bool had_newest = hello.resume_after && *hello.resume_after == newest;
  const auto age = had_newest ? std::nullopt : std::optional(now_ - broadcast_.started_at(newest));
  events_.emplace_back(KeyframeWanted{session.number, age});
  return had_newest ? newest + 1 : broadcast_.join().group;
}

HostTunnel::Core::Session* HostTunnel::Core::owner_of(const HostLink& link) const {
  const auto found = owners_.find(&link);
  return found == owners_.end() ? nullptr : found->second;
}

HostTunnel::Core::Session* HostTunnel::Core::session_of(const HostLink& link) const {
  auto* const owner = owner_of(link);
  return owner && owner->link == &link ? owner : nullptr;
}

HostTunnel::Core::Session* HostTunnel::Core::find_viewer(std::uint32_t viewer) const {
  const auto found = by_number_.find(viewer);
  return found == by_number_.end() || found->second->link == nullptr ? nullptr : found->second;
}

void HostTunnel::Core::on_keyframe_request(HostLink& link) {
  if (const auto* session = session_of(link))
    events_.emplace_back(KeyframeWanted{session->number, std::nullopt});
}

void HostTunnel::Core::on_candidates(HostLink& link, const wire::Candidates& theirs) {
  const auto* session = session_of(link);
  if (!session) session = session_beside(link);
  if (!session) return;
  events_.emplace_back(ViewerCandidates{session->number, theirs.candidates, theirs.tag,
                                        link.connection().path(), session->secret});
}

void HostTunnel::Core::send_candidates(std::uint32_t viewer, const wire::Candidates& candidates) {
  auto* session = find_viewer(viewer);
  if (!session) return;
  session->link->send_candidates(candidates);
  set_.touch(session->link->connection());
}

void HostTunnel::Core::tell(std::uint32_t viewer, const wire::LeftBehind& left) {
  auto* session = find_viewer(viewer);
  if (!session) return;
  session->link->tell(left);
  set_.touch(session->link->connection());
}

void HostTunnel::Core::admit(HostLink& link, const wire::Hello& hello, std::uint32_t viewer,
                             const Secret& secret) {
  forget_old_sessions();
  auto& session = sessions_[hello.session];
  by_number_.erase(session.number);
  by_number_[viewer] = &session;
  owners_[&link] = &session;
  unproven_.erase(link.number());
  session.number = viewer;
  session.secret = secret;
  auto first_group = first_group_for(hello, session);
  // The old link closes after this, so that the viewer does not count as having left.
  auto* old = std::exchange(session.link, &link);
  give_up_move(session);
  if (old) first_group = take_over(session, *old, first_group);
  session.name = hello.name;
  const auto before = std::exchange(session.path, link.connection().path());
  if (old && session.path != before) events_.emplace_back(ViewerMoved{session.number, before, session.path});
  link.welcome(welcome());
  link.start_media(first_group, hello.latency);
  if (!old) events_.emplace_back(SessionOpened{session.number, session.name, session.path});
}

/// The viewer comes over a second connection. A first one that still carries media finishes its group; one
/// that is silent, or carries pings alone, is closed.
std::uint64_t HostTunnel::Core::take_over(Session& session, HostLink& old, std::uint64_t first_group) {
  old.update(now_);  // what was acknowledged since the last picture counts as well
  const bool carries_media = old.sender() != nullptr && old.sender()->gets_through(now_, kAlive);
  if (carries_media && now_ - old.connection().last_heard() < kAlive) {
    if (session.ending.size() >= kMaxEndingPerViewer) let_go(*session.ending.front(), CloseCode::kReplaced);
    session.ending.push_back(&old);
    old.hand_over_from(broadcast_.next_group());
    set_.touch(old.connection());
    return broadcast_.next_group();
  }
  session.ending.push_back(&old);  // until it is closed, at once
  old.hand_over_from(0);
  let_go(old, CloseCode::kReplaced);
  return first_group;
}

void HostTunnel::Core::on_link_closed(HostLink& link, const CloseInfo& info) {
  std::erase(links_, &link);
  unproven_.erase(link.number());
  auto* const session = owner_of(link);
  if (!session) return;
  owners_.erase(&link);
  if (session->next == &link) give_up_move(*session);
  std::erase(session->ending, &link);
  std::erase(session->standby, &link);
  session->before.add(link);
  if (session->link == &link) on_media_link_closed(*session, info);
}

void HostTunnel::Core::forget_old_sessions() {
  if (sessions_.size() < kRememberedSessions) return;
  std::erase_if(sessions_, [this](const auto& entry) {
    const auto& session = entry.second;
    if (session.link || session.next || !session.ending.empty() || !session.standby.empty()) return false;
    by_number_.erase(session.number);
    return true;
  });
}

void HostTunnel::Core::kick(std::uint32_t viewer, Instant now) {
  now_ = now;
  if (auto* session = find_viewer(viewer)) send_away(*session);
}

void HostTunnel::Core::send_away(Session& session) {
  auto* const link = std::exchange(session.link, nullptr);
  give_up_move(session);
  auto replaced = session.ending;  // closing one takes it off the list
  replaced.insert(replaced.end(), session.standby.begin(), session.standby.end());
  session.ending.push_back(link);  // it is counted until it is closed
  for (auto* const old : replaced) let_go(*old, CloseCode::kReplaced);
  set_.touch(link->connection());
  unproven_.emplace(link->number(), link);  // as it was told that it may not watch
  link->refuse({wire::RefusedReason::kKicked, wall_clock_()});
  admission_.release(session.number);
  events_.emplace_back(SessionClosed{session.number, session.name, session.path,
                                     wire::to_string(wire::RefusedReason::kKicked)});
}

}  // namespace pixelpass::tunnel
