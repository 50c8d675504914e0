#include "web/srtp_session.hpp"

#include <boost/endian/conversion.hpp>

namespace pixelpass::web {
namespace {

SrtpCipher make_cipher(const SrtpKeys& keys, const Bytes& master, SrtpUse use) {
  return {keys.profile, derive(keys.profile, master, use)};
}

}  // namespace

bool ReplayWindow::take(std::uint32_t index) {
  if (!newest_ || index > *newest_) {
    const auto ahead = newest_ ? index - *newest_ : kWidth;
    seen_ = ahead >= kWidth ? 0 : seen_ << ahead;
    seen_ |= 1U;
    newest_ = index;
    return true;
  }
  const auto behind = *newest_ - index;
  if (behind >= kWidth) return false;
  const auto bit = std::uint64_t{1} << behind;
  if ((seen_ & bit) != 0) return false;
  seen_ |= bit;
  return true;
}

SrtpSession::SrtpSession(const SrtpKeys& keys)
    : rtp_(make_cipher(keys, keys.ours, SrtpUse::kRtp)),
      rtcp_(make_cipher(keys, keys.ours, SrtpUse::kRtcp)),
      their_rtcp_(make_cipher(keys, keys.theirs, SrtpUse::kRtcp)) {}

std::optional<Bytes> SrtpSession::open_rtcp(ByteView srtcp) {
  auto opened = their_rtcp_.open_rtcp(srtcp);
  if (!opened) return std::nullopt;
  constexpr std::size_t kSsrcAt = 4;
  const auto ssrc = boost::endian::load_big_u32(&opened->packet[kSsrcAt]);
  if (heard_.size() >= kMaxSpeakers && !heard_.contains(ssrc)) return std::nullopt;
  if (!heard_[ssrc].take(opened->index)) return std::nullopt;
  return std::move(opened->packet);
}

}  // namespace pixelpass::web
