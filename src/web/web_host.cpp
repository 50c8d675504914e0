#include "pixelpass/web/web_host.hpp"

#include "pixelpass/base/choose_to_go.hpp"

#include "web/web_host_core.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

namespace pixelpass::web {
namespace {

/// Sessions that have not proven yet who they are.
constexpr std::size_t kMaxProving = 32;
/// Sessions that linger to say goodbye once more.
constexpr std::size_t kMaxEnding = 16;
constexpr std::size_t kRememberedNames = 256;

enum class Kind : std::uint8_t { kOther, kStun, kDtls, kSrtp };

/// RFC 7983 section 7.
Kind kind_of(ByteView datagram) {
  if (datagram.empty()) return Kind::kOther;
  const auto first = datagram.front();
  if (first <= 3) return Kind::kStun;
  if (first >= 20 && first <= 63) return Kind::kDtls;
  if (first >= 128 && first <= 191) return Kind::kSrtp;
  return Kind::kOther;
}

}  // namespace

void WebHost::Core::on_datagram(const net::Path& path, ByteView bytes, Instant now) {
  now_ = now;
  ++counters_.datagrams_in;
  bool is_used = false;
  if (!closed_ || !sessions_.empty()) {
    const auto kind = kind_of(bytes);
    if (kind == Kind::kStun) is_used = on_check(path, bytes);
    if (kind == Kind::kDtls) is_used = on_dtls(path, bytes);
    if (kind == Kind::kSrtp) is_used = on_rtcp(path, bytes);
  }
  if (!is_used) ++counters_.datagrams_dropped;
}

bool WebHost::Core::on_check(const net::Path& path, ByteView datagram) {
  const auto unproven = IceLite::read(datagram);
  if (!unproven) return false;
  auto* session = find_session(unproven->check.user_name);
  if (session && !is_signed(*unproven, session->ice())) return false;
  if (!session) {
    const auto key = newcomers_key(*unproven);
    if (!key) return false;
    session = &begin_session(unproven->check, *key);
  }
  session->on_check(path, unproven->check, datagram.size(), now_);
  settle(*session);
  return true;
}

bool WebHost::Core::on_dtls(const net::Path& path, ByteView datagram) {
  if (client_random_of(datagram)) {
    auto* session = newest_proving(path);
    if (!session) return false;
    if (session->begins_handshake(datagram)) {
      if (!handshake_rate_.take(path.remote, now_)) return false;
      ++counters_.handshakes;
    }
    const bool is_used = session->on_dtls(path, datagram, now_);
    settle(*session);
    return is_used;
  }
  bool is_used = false;
  const auto sessions = index_.knowing(path);  // a copy: settling one may change the index
  for (auto* session : sessions) {
    if (session->state() == Session::State::kGone) continue;
    is_used = session->on_dtls(path, datagram, now_) || is_used;
    settle(*session);
  }
  return is_used;
}

/// Of all sessions that know the path, it is that one's whose keys it was sealed with. One whose NAT has
/// given it another port does not know it yet: reports come from there sooner than a check does.
bool WebHost::Core::on_rtcp(const net::Path& path, ByteView datagram) {
  for (auto* session : index_.knowing(path)) {
    if (session->state() == Session::State::kGone) continue;
    if (session->on_rtcp(path, datagram, now_)) {
      settle(*session);
      return true;
    }
    touch(*session);  // it may say goodbye again
  }
  for (auto* session : index_.at_host_of(path)) {
    if (!session->may_have_moved_to(path) || !session->on_rtcp(path, datagram, now_)) continue;
    settle(*session);
    return true;
  }
  return false;
}

Session* WebHost::Core::find_session(std::string_view user_name) {
  auto* const session = index_.find(user_name);
  return session && session->state() != Session::State::kGone ? session : nullptr;
}

Session* WebHost::Core::newest_proving(const net::Path& path) {
  Session* newest = nullptr;
  for (auto* session : index_.knowing(path)) {
    if (session->state() != Session::State::kProving) continue;
    if (!newest || session->paths().checked_at(path) >= newest->paths().checked_at(path)) newest = session;
  }
  return newest;
}

Session& WebHost::Core::begin_session(const Check& check, const IceLite& ice) {
  make_room();
  ++counters_.sessions;
  auto& session = sessions_.emplace_back(context_, check, ice, now_);
  session.place = std::prev(sessions_.end());
  session.number = ++last_number_;
  index_.add(session);
  return session;
}

/// For one newcomer. Who watches is never pushed out by who has proven nothing.
void WebHost::Core::make_room() {
  if (proving_.size() >= kMaxProving) {
    std::vector<SocketAddress> from;
    for (const auto& [number, session] : proving_) from.push_back(session->path().remote);
    const auto place = static_cast<std::ptrdiff_t>(choose_to_go(from));
    dismiss(*std::next(proving_.begin(), place)->second);
  }
  if (ending_.size() >= kMaxEnding) dismiss(*ending_.begin()->second);
}

/// Who was a viewer, or was told why not, begins anew with another name, or hears nothing: a page whose
/// checks are answered takes it for a sign that its pictures will come, too.
void WebHost::Core::dismiss(Session& session) {
  if (session.was_proven()) ended_.push_back(session.user_name());
  if (ended_.size() > kRememberedNames) ended_.pop_front();
  session.vanish();
  touch(session);
}

void WebHost::Core::on_timeout(Instant now) {
  now_ = now;
  for (auto* session : deadlines_.take_due(now)) {
    session->on_timeout(now);
    if (session->is_overdue(now)) {
      leave(*session, "nothing was heard");
      dismiss(*session);
    } else {
      settle(*session);
    }
  }
}

bool WebHost::Core::flush(net::DatagramSink& sink, Instant now) {
  now_ = now;
  while (!touched_.empty()) {
    auto& session = *touched_.front();
    const bool done = session.flush(sink, now);
    note_keyframe(session);
    if (const auto next = session.next_timeout()) deadlines_.set(session, *next);
    if (!done) return false;
    session.is_touched = false;
    touched_.pop_front();
    if (session.state() == Session::State::kGone) destroy(session);
  }
  return true;
}

void WebHost::Core::settle(Session& session) {
  index_.update(session);
  counters_.handshakes_failed += session.take_failed_handshakes();
  if (session.state() == Session::State::kProven) decide(session);
  if (session.state() == Session::State::kWatching) {
    note_path(session);
    note_keyframe(session);
    if (session.has_left()) {
      leave(session, "the browser has closed it");
      session.end(std::nullopt, now_);
    }
  }
  touch(session);
}

void WebHost::Core::touch(Session& session) {
  note_state(session);
  if (const auto next = session.next_timeout())
    deadlines_.set(session, *next);
  else
    deadlines_.remove(session);
  if (!std::exchange(session.is_touched, true)) touched_.push_back(&session);
}

void WebHost::Core::note_state(Session& session) {
  const auto keep = [&](auto& some, bool is_one) {
    if (is_one)
      some.emplace(session.number, &session);
    else
      some.erase(session.number);
  };
  const auto state = session.state();
  keep(proving_, state == Session::State::kProving);
  keep(ending_, state == Session::State::kBeingTold || state == Session::State::kEnding);
}

void WebHost::Core::destroy(Session& session) {
  deadlines_.remove(session);
  index_.remove(session);
  sessions_.erase(session.place);
}

WebHost::WebHost(const tunnel::Identity& identity, tunnel::Admission& admission, Random random, Instant now,
                 WallClock wall_clock)
    : core_(std::make_unique<Core>(identity, admission, std::move(random), now, std::move(wall_clock))) {}
WebHost::~WebHost() = default;

bool WebHost::is_ours(ByteView datagram) {
  return kind_of(datagram) != Kind::kOther;
}

void WebHost::on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant now) {
  core_->on_datagram(path, bytes, now);
}
void WebHost::on_timeout(Instant now) {
  core_->on_timeout(now);
}
std::optional<Instant> WebHost::next_timeout() const {
  return core_->next_timeout();
}
bool WebHost::flush(net::DatagramSink& sink, Instant now) {
  return core_->flush(sink, now);
}
void WebHost::on_unit(const AccessUnit& unit, Instant now) {
  core_->on_unit(unit, now);
}
bool WebHost::awaits_first_picture(std::uint32_t viewer) const {
  return core_->awaits_first_picture(viewer);
}
void WebHost::begin_with(std::uint32_t viewer, std::span<const AccessUnit> units, bool is_all, Instant now) {
  core_->begin_with(viewer, units, is_all, now);
}
void WebHost::set_bitrate(std::int64_t bits_per_second) {
  core_->set_bitrate(bits_per_second);
}
void WebHost::set_limits(std::span<const LineLimit> limits) {
  core_->set_limits(limits);
}
void WebHost::tell_left_behind(std::uint32_t viewer, bool is_left_behind) {
  core_->tell_left_behind(viewer, is_left_behind);
}
void WebHost::kick(std::uint32_t viewer, Instant now) {
  core_->kick(viewer, now);
}
void WebHost::renew_secret(const Secret& secret) {
  core_->renew_secret(secret);
}
void WebHost::close(const std::string& reason, Instant now) {
  core_->close(reason, now);
}
void WebHost::set_has_h264(bool has_h264, Instant now) {
  core_->set_has_h264(has_h264, now);
}
std::optional<tunnel::TransportEvent> WebHost::poll_event() {
  return core_->poll_event();
}
std::vector<tunnel::ViewerStatus> WebHost::viewers() const {
  return core_->viewers();
}
std::size_t WebHost::viewer_count() const {
  return core_->viewer_count();
}
bool WebHost::wants_opus() const {
  return core_->wants_opus();
}
const WebHostCounters& WebHost::counters() const {
  return core_->counters();
}

}  // namespace pixelpass::web
