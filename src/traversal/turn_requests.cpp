#include "traversal/turn_requests.hpp"

#include "traversal/stun_wire.hpp"

#include <algorithm>

namespace pixelpass::traversal {
namespace {

constexpr int kMostStaleNonces = 4;
constexpr std::uint32_t kWantedLifetime = 600;  // seconds, RFC 8656's default
// Repetitions for which nobody asks any more are not kept.
constexpr std::size_t kMostToSend = 4 * kMaxTurnPeers;
// An error that the server should have signed may be somebody else's. The right answer has this long to come
// too; some servers sign no errors.
constexpr Duration kUnsignedPatience = 2s;

std::string detail_of(const StunMessage& answer, int code) {
  const auto reason = answer.error_reason();
  return std::to_string(code) + (reason.empty() ? "" : " " + reason);
}

}  // namespace

TurnRequests::TurnRequests(const TurnClient::Settings& settings, Random random)
    : want_v6_(settings.want_v6),
      is_stream_(is_stream(settings.transport)),
      random_(std::move(random)),
      auth_(settings.credentials) {}

Bytes TurnRequests::write(const TurnRequest& request, const TransactionId& id) const {
  constexpr std::uint32_t kUdp = 17;  // IANA's protocol number, in the first byte
  StunWriter writer(StunClass::kRequest, request.method, id);
  if (request.method == StunMethod::kAllocate) {
    writer.add_u32(StunAttribute::kRequestedTransport, kUdp << 24U);
    if (want_v6_) writer.add_address_family(true);
  }
  // Said, though it is the default: coturn holds only a lifetime that is asked for against its own longest.
  if (request.method == StunMethod::kAllocate || request.method == StunMethod::kRefresh)
    writer.add_u32(StunAttribute::kLifetime, request.frees ? 0 : kWantedLifetime);
  if (request.channel != 0)
    writer.add_u32(StunAttribute::kChannelNumber, std::uint32_t{request.channel} << 16U);
  if (request.method == StunMethod::kCreatePermission || request.method == StunMethod::kChannelBind)
    writer.add_xor_address(StunAttribute::kXorPeerAddress, request.peer);
  if (auth_.has_key()) auth_.sign(writer);
  return writer.take();
}

void TurnRequests::send(const TurnRequest& request, int stale_nonces, Instant now) {
  const auto id = make_id();
  outstanding_.push_back({request,
                          stale_nonces,
                          id,
                          auth_.has_key(),
                          write(request, id),
                          now,
                          Retransmission(is_stream_, now),
                          {},
                          {}});
  transmit(outstanding_.back().bytes);
}

void TurnRequests::transmit(const Bytes& bytes) {
  if (to_send_.size() < kMostToSend) to_send_.push_back(bytes);
}

void TurnRequests::give_up_by(StunMethod method, Instant when) {
  for (auto& outstanding : outstanding_)
    if (outstanding.request.method == method) outstanding.repetition.give_up_by(when);
}

std::optional<TurnOutcome> TurnRequests::on_answer(const StunMessage& answer, Instant now) {
  const bool is_error = answer.cls() == StunClass::kError;
  if (!is_error && answer.cls() != StunClass::kSuccess) return std::nullopt;
  const auto found = std::ranges::find_if(outstanding_, [&](const Outstanding& outstanding) {
    return outstanding.id == answer.id() && outstanding.request.method == answer.method();
  });
  if (found == outstanding_.end() || (is_error && !answer.error_code())) return std::nullopt;
  if (found->is_signed && answer.is_signed() && !auth_.vouches_for(answer)) return std::nullopt;
  if (found->is_signed && !answer.is_signed()) {
    const int code = answer.error_code().value_or(0);
    if (!is_error) return std::nullopt;
    if (code != 401 && code != 438) {  // those two are never signed
      found->unsigned_error = turn_error(code);
      found->unsigned_detail = detail_of(answer, code);
      found->repetition.give_up_by(now + kUnsignedPatience);
      return std::nullopt;
    }
  }
  auto outstanding = std::move(*found);
  outstanding_.erase(found);
  if (!outstanding.repetition.was_repeated()) round_trip_ = now - outstanding.asked;
  if (is_error) return refused(outstanding, answer, now);
  return TurnOutcome{outstanding.request, outstanding.asked, {}, {}, answer};
}

std::optional<TurnOutcome> TurnRequests::refused(const Outstanding& outstanding, const StunMessage& answer,
                                                 Instant now) {
  const int code = *answer.error_code();
  if (try_again(outstanding, answer, code, now)) return std::nullopt;
  return TurnOutcome{outstanding.request, outstanding.asked, turn_error(code), detail_of(answer, code),
                     answer};
}

/// Whether a refusal was a challenge that could be answered.
bool TurnRequests::try_again(const Outstanding& outstanding, const StunMessage& answer, int code,
                             Instant now) {
  const bool is_challenge = code == 401 && !outstanding.is_signed && auth_.take_challenge(answer);
  const bool is_stale = code == 438 && outstanding.is_signed && outstanding.stale_nonces < kMostStaleNonces &&
                        auth_.take_nonce(answer);
  if (is_challenge || is_stale) send(outstanding.request, outstanding.stale_nonces + (is_stale ? 1 : 0), now);
  return is_challenge || is_stale;
}

std::vector<TurnOutcome> TurnRequests::on_timeout(Instant now) {
  std::vector<TurnOutcome> given_up;
  std::erase_if(outstanding_, [&](const Outstanding& outstanding) {
    if (!outstanding.repetition.is_given_up(now)) return false;
    given_up.push_back({outstanding.request,
                        outstanding.asked,
                        outstanding.unsigned_error.value_or(TurnError::kNoAnswer),
                        outstanding.unsigned_detail,
                        {}});
    return true;
  });
  for (auto& outstanding : outstanding_)
    if (outstanding.repetition.take_repetition(now)) transmit(outstanding.bytes);
  return given_up;
}

std::optional<Instant> TurnRequests::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& outstanding : outstanding_) {
    const auto when = outstanding.repetition.next();
    next = next ? std::min(*next, when) : when;
  }
  return next;
}

std::optional<Bytes> TurnRequests::poll_transmit() {
  if (to_send_.empty()) return std::nullopt;
  auto bytes = std::move(to_send_.front());
  to_send_.pop_front();
  return bytes;
}

void TurnRequests::clear() {
  outstanding_.clear();
  to_send_.clear();
}

bool TurnRequests::is_outstanding(StunMethod method) const {
  return std::ranges::any_of(
      outstanding_, [&](const Outstanding& outstanding) { return outstanding.request.method == method; });
}

TurnError turn_error(int code) {
  switch (code) {
    case 300:
      return TurnError::kElsewhere;
    case 401:
    case 441:
      return TurnError::kCredentials;
    case 403:
      return TurnError::kForbidden;
    case 437:
      return TurnError::kMismatch;
    case 440:
    case 443:
      return TurnError::kFamily;
    case 486:
      return TurnError::kQuota;
    case 508:
      return TurnError::kNoCapacity;
    default:
      return TurnError::kUnsupported;
  }
}

}  // namespace pixelpass::traversal
