#include "web/web_host_core.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::web {
namespace {

/// Viewers whose number and counters are remembered for when they come back.
constexpr std::size_t kRememberedViewers = 1024;

}  // namespace

WebHost::Core::Core(const tunnel::Identity& identity, tunnel::Admission& admission, Random random,
                    Instant now, WallClock wall_clock)
    : admission_(admission),
      random_(std::move(random)),
      wall_clock_(std::move(wall_clock)),
      context_(identity.key(), identity.certificate()),
      newest_(identity.secret()),
      now_(now) {
  random_(id_key_);
}

void WebHost::Core::Totals::add(const Session& session) {
  if (!session.sender()) return;
  const auto status = session.sender()->status();
  bytes += status.bytes_sent;
  skipped_groups += status.skipped_groups;
  lost_packets += status.lost_packets;
}

void WebHost::Core::Audience::add(const Session& session) {
  ++viewers;
  if (session.hello().media.audio_type != 0) ++listeners;
}

void WebHost::Core::Audience::remove(const Session& session) {
  --viewers;
  if (session.hello().media.audio_type != 0) --listeners;
}

bool WebHost::Core::is_signed(const UnprovenCheck& unproven, const IceLite& ice) {
  ++counters_.signatures_checked;
  return ice.has_signed(unproven);
}

/// With the newest ticket's anybody, with an earlier one's who was in with it, which shows its certificate.
/// What costs nothing is looked at first: anybody may write a check.
std::optional<IceLite> WebHost::Core::newcomers_key(const UnprovenCheck& unproven) {
  const auto& hello = unproven.check.hello;
  if (closed_ || !is_timely(hello, wall_clock_())) return std::nullopt;
  if (std::ranges::find(ended_, unproven.check.user_name) != ended_.end()) return std::nullopt;
  if (is_signed(unproven, newest_)) return newest_;
  const auto known = viewers_.find(hello.certificate);
  if (known == viewers_.end() || known->second.secret == newest_.secret()) return std::nullopt;
  const IceLite earlier(known->second.secret);
  return is_signed(unproven, earlier) ? std::optional(earlier) : std::nullopt;
}

/// Nobody but this process can tell which certificate an id belongs to.
wire::SessionId WebHost::Core::id_of(const CertificateHash& certificate) const {
  const auto tag = traversal::hmac_sha256(id_key_, certificate);
  wire::SessionId id{};
  std::copy_n(tag.begin(), id.size(), id.begin());
  return id;
}

void WebHost::Core::decide(Session& session) {
  if (!has_h264_) return session.refuse(ByeReason::kNoH264, random_, now_);
  const auto number = admission_.admit(id_of(session.hello().certificate));
  if (number) return admit(session, *number);
  session.refuse(bye_reason(number.error()), random_, now_);
}

void WebHost::Core::admit(Session& session, std::uint32_t number) {
  forget_old_viewers();
  auto& viewer = viewers_[session.hello().certificate];
  viewer.number = number;
  viewer.secret = session.secret();
  viewer.name = name_of(session.hello());
  auto* const old = attach(viewer, &session);
  const auto before = std::exchange(viewer.path, session.path());
  if (old) {
    viewer.before.add(*old);
    dismiss(*old);
  }
  session.watch(number, random_, bits_per_second_, now_);
  has_begun_ = true;
  session.sender()->tell_left_behind(viewer.is_left_behind);
  if (!old)
    events_.emplace_back(tunnel::SessionOpened{number, viewer.name, viewer.path});
  else if (before != viewer.path)
    events_.emplace_back(tunnel::ViewerMoved{number, before, viewer.path});
}

WebHost::Core::Viewer* WebHost::Core::viewer_of(const Session& session) {
  const auto found = viewers_.find(session.hello().certificate);
  return found != viewers_.end() && found->second.session == &session ? &found->second : nullptr;
}

Session* WebHost::Core::attach(Viewer& viewer, Session* session) {
  auto* const before = std::exchange(viewer.session, session);
  if (before) audience_.remove(*before);
  if (session) audience_.add(*session);
  return before;
}

/// Nothing happens when it is no viewer's.
void WebHost::Core::leave(Session& session, const std::string& reason) {
  auto* viewer = viewer_of(session);
  if (!viewer) return;
  viewer->before.add(session);
  attach(*viewer, nullptr);
  admission_.release(viewer->number);
  events_.emplace_back(tunnel::SessionClosed{viewer->number, viewer->name, viewer->path, reason});
}

void WebHost::Core::note_path(Session& session) {
  auto* viewer = viewer_of(session);
  if (!viewer || viewer->path == session.path()) return;
  const auto before = std::exchange(viewer->path, session.path());
  events_.emplace_back(tunnel::ViewerMoved{viewer->number, before, viewer->path});
}

/// It begins with the next one to come.
void WebHost::Core::note_keyframe(Session& session) {
  if (session.sender() && session.sender()->take_keyframe_wanted())
    events_.emplace_back(tunnel::KeyframeWanted{session.viewer(), std::nullopt});
}

void WebHost::Core::forget_old_viewers() {
  if (viewers_.size() < kRememberedViewers) return;
  std::erase_if(viewers_, [](const auto& entry) { return entry.second.session == nullptr; });
}

void WebHost::Core::on_unit(const AccessUnit& unit, Instant now) {
  now_ = now;
  if (unit.kind == AccessUnit::Kind::kAudio) return;
  for (auto& session : sessions_) {
    if (!session.sender()) continue;
    session.sender()->on_unit(unit, now);
    settle(session);
  }
}

bool WebHost::Core::awaits_first_picture(std::uint32_t viewer) const {
  return std::ranges::any_of(sessions_, [&](const Session& session) {
    return session.is_watched_by(viewer) && session.sender()->awaits_first_picture();
  });
}

void WebHost::Core::begin_with(std::uint32_t viewer, std::span<const AccessUnit> units, bool is_all,
                               Instant now) {
  now_ = now;
  for (auto& session : sessions_) {
    if (!session.is_watched_by(viewer) || !session.sender()->awaits_first_picture()) continue;
    for (const auto& unit : units) session.sender()->on_unit(unit, now);
    if (!is_all) session.sender()->wait_for_keyframe();
    settle(session);
  }
}

void WebHost::Core::set_bitrate(std::int64_t bits_per_second) {
  bits_per_second_ = bits_per_second;
  for (auto& session : sessions_)
    if (session.sender()) session.sender()->set_bitrate(bits_per_second);
}

void WebHost::Core::set_limits(std::span<const LineLimit> limits) {
  std::unordered_map<std::uint32_t, LineLimit> by_viewer;
  for (const auto& limit : limits) by_viewer.emplace(limit.viewer, limit);
  if (!std::exchange(has_begun_, false) && by_viewer == limits_) return;
  limits_ = std::move(by_viewer);
  for (auto& session : sessions_) {
    if (session.state() != Session::State::kWatching) continue;
    const auto limit = limits_.find(session.viewer());
    session.sender()->set_limit(limit != limits_.end() ? std::optional(limit->second) : std::nullopt);
  }
}

void WebHost::Core::tell_left_behind(std::uint32_t viewer, bool is_left_behind) {
  for (auto& [certificate, known] : viewers_) {
    if (known.number != viewer) continue;
    known.is_left_behind = is_left_behind;
    if (known.session && known.session->sender()) known.session->sender()->tell_left_behind(is_left_behind);
  }
}

void WebHost::Core::kick(std::uint32_t viewer, Instant now) {
  now_ = now;
  for (auto& session : sessions_)
    if (session.is_watched_by(viewer))
      send_away(session, ByeReason::kKicked, wire::to_string(wire::RefusedReason::kKicked));
}

void WebHost::Core::send_away(Session& session, ByeReason reason, const std::string& words) {
  leave(session, words);
  session.refuse(reason, random_, now_);
  touch(session);
}

void WebHost::Core::set_has_h264(bool has_h264, Instant now) {
  now_ = now;
  has_h264_ = has_h264;
  for (auto& session : sessions_)
    if (!has_h264 && session.state() == Session::State::kWatching)
      send_away(session, ByeReason::kNoH264, "the source has no H.264");
}

void WebHost::Core::renew_secret(const Secret& secret) {
  newest_ = IceLite(secret);
  for (auto& session : sessions_) {
    if (session.state() != Session::State::kProving) continue;
    const auto known = viewers_.find(session.hello().certificate);
    if (known != viewers_.end() && known->second.secret == session.secret()) continue;
    dismiss(session);
  }
}

void WebHost::Core::close(const std::string& reason, Instant now) {
  now_ = now;
  closed_ = true;
  for (auto& session : sessions_) {
    if (session.state() != Session::State::kWatching && session.state() != Session::State::kBeingTold)
      continue;
    leave(session, reason);
    session.end(
        session.state() == Session::State::kWatching ? std::optional(ByeReason::kEnded) : std::nullopt, now);
    touch(session);
  }
}

std::optional<tunnel::TransportEvent> WebHost::Core::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::vector<tunnel::ViewerStatus> WebHost::Core::viewers() const {
  std::vector<tunnel::ViewerStatus> all;
  all.reserve(audience_.viewers);
  for (const auto& [certificate, viewer] : viewers_) {
    if (!viewer.session || !viewer.session->sender()) continue;
    const auto status = viewer.session->sender()->status();
    auto totals = viewer.before;
    totals.add(*viewer.session);
    all.push_back({.viewer = viewer.number,
                   .name = viewer.name,
                   .path = viewer.path,
                   .bytes_sent = totals.bytes,
                   .rtt = status.rtt,
                   .lag = status.rtt / 2,
                   .skipped_groups = totals.skipped_groups,
                   .lost_packets = totals.lost_packets,
                   .is_player_slow = false,
                   .line = status.line});
  }
  std::ranges::sort(all, {}, &tunnel::ViewerStatus::viewer);
  return all;
}

}  // namespace pixelpass::web
