#include "pixelpass/ticket/ticket.hpp"

#include "ticket/base32.hpp"
#include "ticket/chat_text.hpp"
#include "ticket/payload.hpp"
#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>

#include <algorithm>

namespace pixelpass {
namespace {

constexpr std::string_view kPrefix = "pp1";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 3;  ///< version, payload length
constexpr std::size_t kChecksumBytes = 4;
/// Anything as long as this may be a ticket; all are longer.
constexpr std::size_t kShortestTicketChars = 40;

/// CRC-32C (Castagnoli; RFC 9260, appendix A): one changed character (five bits in a row)
/// always shows.
std::uint32_t checksum(ByteView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

/// A later kind of ticket ("pp2" and so on), as it is or behind our own name. Only at the start: those
/// letters may occur inside a ticket, and anywhere else.
bool is_of_later_kind(std::string_view text) {
  for (const std::string_view word : {"pixelpass", "view"})
    if (text.starts_with(word)) text.remove_prefix(word.size());
  return text.starts_with("pp") && text.size() > kShortestTicketChars && text[2] > '1' && text[2] <= '9';
}

/// The bytes of a ticket but for its checksum, which was right. `text` begins behind the prefix.
Result<Bytes, TicketError> decode_frame(std::string_view text) {
  constexpr std::size_t kMostBytes = kMaxTicketChars * 5 / 8;
  // The first whole characters that hold the header.
  constexpr std::size_t kStartBytes = 5;
  static_assert(kStartBytes > kHeaderBytes && base32_chars(kStartBytes) * 5 == kStartBytes * 8);
  if (text.size() < base32_chars(kStartBytes)) return TicketError::kTruncated;
  const auto start = base32_decode(text.substr(0, base32_chars(kStartBytes)), kStartBytes);
  if (!start) return TicketError::kDamaged;
  const std::size_t bytes = kHeaderBytes + boost::endian::load_big_u16(start->data() + 1) + kChecksumBytes;
  if (bytes > kMostBytes) return TicketError::kDamaged;
  if (text.size() < base32_chars(bytes)) return TicketError::kTruncated;
  auto frame = base32_decode(text.substr(0, base32_chars(bytes)), bytes);
  if (!frame) return TicketError::kDamaged;
  const auto body = ByteView(*frame).first(bytes - kChecksumBytes);
  if (checksum(body) != boost::endian::load_big_u32(frame->data() + body.size()))
    return TicketError::kDamaged;
  frame->resize(body.size());
  return *frame;
}

/// `text` begins behind the prefix.
Result<Ticket, TicketError> decode_one(std::string_view text) {
  const auto frame = decode_frame(text);
  if (!frame) return frame.error();
  if (frame->front() > kVersion) return TicketError::kNewerVersion;
  auto ticket = decode_payload(ByteView(*frame).subspan(kHeaderBytes));
  if (frame->front() < kVersion || !ticket) return TicketError::kDamaged;
  return *std::move(ticket);
}

}  // namespace

bool has_expired(const Ticket& ticket, UnixTime now) {
  return ticket.expires_at && now >= *ticket.expires_at;
}

std::string encode_ticket(const Ticket& ticket) {
  const Bytes payload = encode_payload(ticket);
  Bytes frame(kHeaderBytes);
  frame[0] = kVersion;
  boost::endian::store_big_u16(frame.data() + 1, static_cast<std::uint16_t>(payload.size()));
  frame.insert(frame.end(), payload.begin(), payload.end());
  const auto sum = checksum(frame);
  frame.resize(frame.size() + kChecksumBytes);
  boost::endian::store_big_u32(frame.data() + frame.size() - kChecksumBytes, sum);
  return std::string(kPrefix) + base32_encode(frame);
}

Result<Ticket, TicketError> decode_ticket(std::string_view text, UnixTime now) {
  const auto chars = letters_and_digits(text);
  if (chars.empty()) return TicketError::kEmpty;
  const std::string_view all = chars;
  auto at = all.find(kPrefix);
  if (at == all.npos && is_of_later_kind(all)) return TicketError::kNewerVersion;
  auto error = TicketError::kForeign;
  std::optional<Ticket> expired;
  // The prefix's 1 is not in base32's alphabet: it never occurs inside a ticket.
  for (; at != all.npos; at = all.find(kPrefix, at + kPrefix.size())) {
    auto ticket = decode_one(all.substr(at + kPrefix.size()));
    if (ticket && !has_expired(*ticket, now)) return ticket;
    if (!ticket)
      error = std::max(error, ticket.error());
    else if (!expired || *ticket->expires_at > *expired->expires_at)
      expired = *std::move(ticket);
  }
  if (expired) return *std::move(expired);
  return error;
}

bool looks_like_ticket(std::string_view text) {
  const auto chars = letters_and_digits(text);
  const std::string_view all = chars;
  if (all.starts_with("pp") && all.size() > 2 && is_digit(all[2])) return true;
  if (all.starts_with("pixelpass") && text.find("://") != text.npos) return true;
  const auto at = all.find(kPrefix);
  return at != all.npos && all.size() - at > kShortestTicketChars;
}

}  // namespace pixelpass
