#include "web/session.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::web {
namespace {

/// How long a session may exist without a handshake: a page that gets answers begins at once.
constexpr Duration kMostUntilHandshake = 15s;
constexpr Duration kMostHandshake = 10s;
/// After this much silence a session is over. Browsers report every 0.25 to 1.5 s while there are pictures,
/// and check every two to six seconds in any case.
constexpr Duration kMostSilence = 8s;
constexpr Duration kMostWithoutReport = 20s;
/// How long media is sent over a path without an echo of our reports: at first, and later, when there may be
/// only sound to report on (RFC 7675 section 5.1 lets consent expire after 30 s). After that, the browser has
/// to prove anew that it hears us there.
constexpr Duration kMostUnanswered = 5s;
constexpr Duration kMostUnansweredLater = 20s;
/// How long a session lingers: until every path in use has sent a check, and got the answer.
constexpr Duration kLinger = 8s;
constexpr Duration kGoodbyePause = 250ms;
/// How often a browser is told why it gets nothing; Firefox misses the first milliseconds.
constexpr int kTimesTold = 3;
constexpr Duration kTellPause = 50ms;
constexpr std::size_t kMostWaiting = 64;
/// Media's share of what an unproven path may get: the rest is for reports, which may prove it.
constexpr std::size_t kMediaAmplification = BrowserPaths::kAmplification - 1;
/// Sound's share: the rest is for pictures.
constexpr std::size_t kAudioAmplification = kMediaAmplification - 1;

/// RFC 5761 section 4.
bool is_rtcp(ByteView bytes) {
  return bytes.size() > 1 && bytes[1] >= 192 && bytes[1] < 224;
}

}  // namespace

/// A sink that drops what a path's budget does not allow, as if the network had lost it: reports, and media
/// that was sealed before the path became unproven.
class Session::Within final : public net::DatagramSink {
 public:
  Within(BrowserPaths& paths, net::DatagramSink& sink) : paths_(paths), sink_(sink) {}

  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    const auto most = is_rtcp(bytes) ? BrowserPaths::kAmplification : kMediaAmplification;
    const auto budget = paths_.budget(path, most);
    if (budget < bytes.size()) bytes = bytes.first(budget / segment * segment);
    if (bytes.empty()) return true;
    if (!sink_.send(path, bytes, segment, ecn)) return false;
    paths_.on_said(path, bytes.size());
    return true;
  }

 private:
  BrowserPaths& paths_;
  net::DatagramSink& sink_;
};

Session::Session(const DtlsContext& context, const Check& check, const IceLite& ice, Instant now)
    : hello_(check.hello),
      user_name_(check.user_name),
      ice_(ice),
      began_at_(now),
      handshakes_(context, check.hello.certificate) {}

void Session::on_check(const net::Path& path, const Check& check, std::size_t bytes, Instant now) {
  paths_.on_check(path, check.nominates, now,
                  state_ == State::kProving ? std::nullopt : std::optional(path_));
  paths_.on_heard(path, bytes);
  if (state_ == State::kProving) path_ = path;
  if (state_ == State::kEnding) return say_goodbye_again(path, now);
  put(path, ice_.answer(check, path.remote), 1);
}

bool Session::on_dtls(const net::Path& path, ByteView datagram, Instant now) {
  paths_.on_heard(path, datagram.size());
  if (!handshakes_.on_datagram(path, datagram, paths_.is_nominated(path), now)) return false;
  if (!handshake_at_) handshake_at_ = now;
  if (state_ == State::kProving && handshakes_.is_complete()) prove(now);
  take_from_handshakes();
  return true;
}

/// The handshake is complete. If its datagrams to the browser went over several paths, none is proven yet.
void Session::prove(Instant now) {
  state_ = State::kProven;
  proven_at_ = now;
  path_ = handshakes_.path();
  const auto proven = handshakes_.proven_path();
  if (!proven || !paths_.knows(*proven)) return;
  path_ = *proven;
  paths_.on_proven(path_);
}

bool Session::on_rtcp(const net::Path& path, ByteView datagram, Instant now) {
  if (state_ == State::kEnding) say_goodbye_again(path, now);
  if (!sender_ || !sender_->on_rtcp(datagram, now)) return false;
  if (!paths_.knows(path)) paths_.on_check(path, false, now, path_);
  paths_.on_heard(path, datagram.size());
  for (const auto& heard : sender_->take_heard_over()) {
    paths_.on_echo(heard);
    if (heard != path_) continue;
    was_answered_ = true;
    media_since_.reset();
    answered_bytes_ = sender_->status().bytes_sent;
  }
  follow(path);
  return true;
}

/// Whether the browser may have moved here: only to another port of its present address. For any other
/// address the keys are not even tried.
bool Session::may_have_moved_to(const net::Path& path) const {
  return state_ == State::kWatching && !paths_.knows(path) && path.via == path_.via &&
         path.remote.whole_host() == path_.remote.whole_host();
}

/// Follows the browser to a path. Reports, not media, tell whether it hears us there.
void Session::follow(const net::Path& path) {
  if (path != path_ && paths_.is_proven(path)) {
    path_ = path;
    media_since_.reset();
  }
  sender_->try_path(path == path_ ? std::nullopt : std::optional(path));
}

void Session::on_timeout(Instant now) {
  handshakes_.on_timeout(now);
  take_from_handshakes();
  if (sender_) sender_->on_timeout(now);
  if (state_ == State::kBeingTold && now >= tell_at_) tell(now);
}

std::optional<Instant> Session::next_timeout() const {
  if (state_ == State::kGone) return std::nullopt;
  auto next = state_ == State::kBeingTold ? tell_at_ : deadline();
  if (const auto at = handshakes_.next_timeout()) next = std::min(next, *at);
  if (const auto at = sender_ ? sender_->next_timeout() : std::nullopt) next = std::min(next, *at);
  return next;
}

Instant Session::deadline() const {
  switch (state_) {
    case State::kProving:
      return handshake_at_ ? *handshake_at_ + kMostHandshake : began_at_ + kMostUntilHandshake;
    case State::kProven:
    case State::kWatching: {
      const auto heard_at = sender_ ? sender_->status().heard_at : Instant{};
      if (heard_at != Instant{}) return heard_at + kMostSilence;
      const auto last_check = std::max(proven_at_, paths_.checked_at(path_));
      return std::min(last_check, media_since_.value_or(last_check)) + kMostWithoutReport;
    }
    case State::kBeingTold:
      return tell_at_ + kMostSilence;
    case State::kEnding:
      return ending_at_ + kLinger;
    case State::kGone:
      break;
  }
  return Instant::max();
}

/// Sends the bytes within the path's budget; those beyond it are lost, and repeated as if the network had
/// lost them.
void Session::put(const net::Path& path, Bytes bytes, std::size_t copies) {
  const auto segment = bytes.size();
  if (out_.size() >= kMostWaiting || paths_.budget(path) < copies * segment) return;
  bytes.resize(copies * segment);
  for (auto at = segment; at < bytes.size(); at += segment)
    std::copy_n(bytes.data(), segment, bytes.data() + at);
  paths_.on_said(path, bytes.size());
  out_.push_back({path, std::move(bytes), segment});
}

/// Takes the handshakes' datagrams. A goodbye is sent twice: nobody repeats it when the program ends.
void Session::take_from_handshakes() {
  const std::size_t copies = state_ == State::kEnding ? 2 : 1;
  while (auto next = handshakes_.poll_datagram()) put(next->path, std::move(next->datagram), copies);
}

bool Session::flush(net::DatagramSink& sink, Instant now) {
  if (sender_ && state_ == State::kEnding) {
    if (!flush_media(sink, now)) return false;
    sender_.reset();
  }
  for (; !out_.empty(); out_.pop_front())
    if (!sink.send(out_.front().path, out_.front().bytes, out_.front().segment, 0)) return false;
  return !sender_ || flush_media(sink, now);
}

bool Session::flush_media(net::DatagramSink& sink, Instant now) {
  doubt_silence(now);
  Within within(paths_, sink);
  const auto room = [this](AccessUnit::Kind kind) {
    return paths_.budget(path_, kind == AccessUnit::Kind::kVideo ? kMediaAmplification : kAudioAmplification);
  };
  const bool done = sender_->flush(path_, within, now,
                                   paths_.is_proven(path_) ? MediaSender::Room() : MediaSender::Room(room));
  if (!media_since_ && sender_->status().bytes_sent > answered_bytes_) media_since_ = now;
  return done;
}

void Session::doubt_silence(Instant now) {
  const auto most = was_answered_ ? kMostUnansweredLater : kMostUnanswered;
  if (media_since_ && now - *media_since_ > most && paths_.is_proven(path_)) paths_.doubt(path_);
}

void Session::watch(std::uint32_t viewer, const Random& random, std::int64_t bits_per_second, Instant now) {
  viewer_ = viewer;
  state_ = State::kWatching;
  start_sender(random, now);
  if (bits_per_second > 0) sender_->set_bitrate(bits_per_second);
}

/// Starts the media. The keys exist, since the session is proven.
void Session::start_sender(const Random& random, Instant now) {
  if (!sender_) sender_.emplace(hello_.media, handshakes_.keys().value(), random, now);
}

void Session::refuse(ByeReason reason, const Random& random, Instant now) {
  start_sender(random, now);
  state_ = State::kBeingTold;
  reason_ = reason;
  tell(now);
}

void Session::tell(Instant now) {
  if (times_told_++ == kTimesTold) return end(std::nullopt, now);
  sender_->say_bye(reason_, now);
  tell_at_ = now + kTellPause;
}

void Session::end(std::optional<ByeReason> reason, Instant now) {
  if (sender_ && reason)
    sender_->say_bye(*reason, now);
  else
    sender_.reset();
  state_ = State::kEnding;
  ending_at_ = goodbye_at_ = now;
  handshakes_.close(path_);
  take_from_handshakes();
}

void Session::say_goodbye_again(const net::Path& path, Instant now) {
  if (now - goodbye_at_ < kGoodbyePause) return;
  goodbye_at_ = now;
  handshakes_.close_again(path, now);
  take_from_handshakes();
}

void Session::vanish() {
  sender_.reset();
  state_ = State::kGone;
  out_.clear();
}

bool Session::has_left() const {
  return handshakes_.is_closed() || (sender_ && sender_->status().has_left);
}

}  // namespace pixelpass::web
