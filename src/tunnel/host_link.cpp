#include "tunnel/host_link.hpp"

#include "pixelpass/wire/stream_kind.hpp"

#include "tunnel/clock_offset.hpp"
#include "tunnel/connection_settings.hpp"

#include <algorithm>
#include <variant>

namespace pixelpass::tunnel {
namespace {

constexpr Duration kHelloTimeout = 5s;
/// A refused viewer closes the connection; one that does not is disconnected after this.
constexpr Duration kRefusedTimeout = 2s;
/// A replaced connection that has not finished its groups after this is closed.
constexpr Duration kEndingTimeout = 5s;
/// After this many acknowledged bytes the congestion window is open: it takes a keyframe, or nearly.
constexpr std::size_t kWarmBytes = 256 << 10;

}  // namespace

void HostLink::bind(Connection& connection) {
  connection_ = &connection;
}

void HostLink::on_handshake_completed() {
  state_ = State::kAwaitingHello;
  deadline_ = listener_.now() + kHelloTimeout;
}

void HostLink::on_stream_data(std::int64_t stream, ByteView bytes, bool fin) {
  if (stream == control_.id) return on_control(bytes, fin);
  on_new_stream(stream, bytes, fin);
}

void HostLink::on_new_stream(std::int64_t stream, ByteView bytes, bool fin) {
  const auto kind = bytes.empty() ? std::nullopt : wire::parse_stream_kind(bytes.front());
  if (!kind) return connection_->ignore(stream);
  const bool is_first = control_.id == kNoStream && ngtcp2_is_bidi_stream(stream) != 0;
  if (*kind != wire::StreamKind::kControl || !is_first)
    return break_off("a stream that is not in the protocol");
  connection_->attach(stream, control_);
  on_control(bytes.subspan(wire::kKindBytes), fin);
}

void HostLink::on_control(ByteView bytes, bool fin) {
  messages_.clear();
  if (!budget_.take_bytes(bytes.size(), listener_.now()))
    return break_off("too many control messages", CloseCode::kExcess);
  if (reader_.feed(bytes, messages_) != wire::ControlReader::Status::kOk)
    return break_off("a malformed control message");
  if (!budget_.take_unknown(reader_.take_unknown(), listener_.now()))
    return break_off("too many control messages", CloseCode::kExcess);
  for (const auto& message : messages_) {
    if (!budget_.take(message, listener_.now()))
      return break_off("too many control messages", CloseCode::kExcess);
    on_message(message);
  }
  if (fin) connection_->close(CloseCode::kBye, "", listener_.now());
}

void HostLink::on_message(const wire::ControlMessage& message) {
  if (const auto* hello = std::get_if<wire::Hello>(&message)) {
    if (state_ != State::kAwaitingHello) return;
    version_ = wire::common_version(wire::kVersions, hello->versions).value_or(0);
    return listener_.on_hello(*this, *hello);
  }
  if (const auto* ping = std::get_if<wire::Ping>(&message))
    return send(wire::Pong{ping->sent_at, clock_reading(listener_.now()),
                           sender_ ? sender_->newest_media() : std::nullopt});
  if (std::holds_alternative<wire::KeyframeRequest>(message)) {
    if (state_ == State::kWatching) listener_.on_keyframe_request(*this);
  } else if (const auto* candidates = std::get_if<wire::Candidates>(&message)) {
    if (!is_unproven()) listener_.on_candidates(*this, *candidates);
  } else if (const auto* move = std::get_if<wire::MoveMedia>(&message)) {
    if (state_ == State::kStandby) listener_.on_move(*this, *move);
  } else if (const auto* report = std::get_if<wire::Report>(&message))
    report_ = *report;
  else if (const auto* bye = std::get_if<wire::Bye>(&message))
    connection_->close(CloseCode::kBye, bye->reason, listener_.now());
}

void HostLink::welcome(wire::Welcome welcome) {
  welcome.version = version_;
  state_ = State::kWatching;
  deadline_.reset();
  send(welcome);
}

void HostLink::refuse(const wire::Refused& refused) {
  send(refused);
  control_.finish();
  state_ = State::kRefused;
  deadline_ = listener_.now() + kRefusedTimeout;
  refused_ = refused.reason;
}

void HostLink::start_media(std::uint64_t first_group, Duration latency) {
  latency_ = latency;
  begin_sending(first_group);
}

void HostLink::begin_sending(std::uint64_t first_group) {
  if (sender_)
    sender_->resume(first_group);
  else
    sender_.emplace(broadcast_, latency_).start(*connection_, first_group);
  sender_->update(listener_.now());
}

void HostLink::stand_by(const wire::Welcome& hello, Duration latency) {
  latency_ = latency;
  welcome(hello);
  state_ = State::kStandby;
  connection_->set_keep_alive(kStandbyKeepAlive);
}

void HostLink::warm_up() {
  const auto before = sender_ ? sender_->acknowledged_bytes() : 0;
  const auto group = broadcast_.join().group;
  std::size_t bytes = 0;
  const bool was_warm = sender_ && sender_->has_begun(group);
  for (std::size_t i = 0; !was_warm && bytes < kWarmBytes; ++i) {
    const auto* frame = broadcast_.at(group, i);
    if (!frame) break;
    bytes += (*frame)->bytes.size();
  }
  warm_at_ = before + std::min(bytes, kWarmBytes);
  brings_rest_ = false;
  begin_sending(group);
}

void HostLink::take_over_from(std::uint64_t group) {
  sender_->drop_begun();
  say_moved(group);
}

void HostLink::take_over_at_once() {
  const auto group = broadcast_.join().group;
  begin_sending(group);
  say_moved(group);
}

void HostLink::say_moved(std::uint64_t group) {
  state_ = State::kWatching;
  connection_->set_keep_alive(kKeepAlive);
  send(wire::MediaMoved{group});
}

void HostLink::stand_by_from(std::uint64_t group) {
  state_ = State::kStandby;
  connection_->set_keep_alive(kStandbyKeepAlive);
  brings_rest_ = true;
  if (sender_) sender_->stop_before(group);
}

void HostLink::stand_by_at_once() {
  stand_by_from(0);
  brings_rest_ = false;
  if (sender_) sender_->drop_begun();
}

void HostLink::hand_over_from(std::uint64_t group) {
  state_ = State::kEnding;
  deadline_ = listener_.now() + kEndingTimeout;
  if (sender_) sender_->stop_before(group);
}

bool HostLink::has_delivered() const {
  if (!sender_) return true;
  if (state_ == State::kWatching) return sender_->has_delivered();
  return state_ != State::kStandby || !brings_rest_ || !sender_->owes_rest();
}

void HostLink::update(Instant now) {
  if (sends_media()) sender_->update(now);
  if (state_ == State::kEnding && (!sender_ || sender_->is_finished()))
    connection_->close(CloseCode::kReplaced, "", now);
  if (!deadline_ || *deadline_ > now) return;
  deadline_.reset();
  if (state_ == State::kRefused) {
    const auto code = static_cast<std::uint64_t>(CloseCode::kRefused) + static_cast<std::uint64_t>(refused_);
    connection_->close(static_cast<CloseCode>(code), wire::to_string(refused_), now);
  } else if (state_ == State::kEnding) {
    connection_->close(CloseCode::kReplaced, "", now);
  } else {
    connection_->close(CloseCode::kProtocol, "no hello", now);
  }
}

std::optional<Instant> HostLink::next_timeout() const {
  auto next = sends_media() ? sender_->next_timeout() : std::nullopt;
  if (deadline_ && (!next || *deadline_ < *next)) next = deadline_;
  return next;
}

bool HostLink::on_stream_closed(std::int64_t stream, SendStream* send) {
  if (send && stream != control_.id && sender_) sender_->on_stream_closed(*send);
  return send != nullptr;
}

void HostLink::on_stop_sending(SendStream& send) {
  if (&send != &control_ && sender_) sender_->on_stop_sending(send);
}

SendStream* HostLink::prepare_next() {
  if (control_.wants_to_send()) return &control_;
  return sends_media() ? sender_->prepare_next() : nullptr;
}

bool HostLink::wants_to_send() const {
  return control_.wants_to_send() || (sends_media() && sender_->wants_to_send());
}

void HostLink::on_closed(const CloseInfo& info) {
  listener_.on_link_closed(*this, info);
}

void HostLink::send(const wire::ControlMessage& message) {
  const bool is_talking =
      state_ == State::kAwaitingHello || state_ == State::kWatching || state_ == State::kStandby;
  if (!is_talking || control_.id == kNoStream) return;
  if (control_.cancelled()) return break_off("does not take control messages");
  if (control_.held_bytes() > kMaxHeldControlBytes)
    return break_off("does not acknowledge control messages", CloseCode::kExcess);
  control_.append({}, SharedBytes::adopt(wire::encode(message)));
}

void HostLink::break_off(const char* why, CloseCode code) {
  connection_->close(code, why, listener_.now());
}

}  // namespace pixelpass::tunnel
