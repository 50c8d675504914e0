#include "pixelpass/ticket/reply_code.hpp"

#include "ticket/base32.hpp"
#include "ticket/chat_text.hpp"
#include "ticket/dialable.hpp"
#include "ticket/fields.hpp"
#include <boost/crc.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

namespace pixelpass {
namespace {

constexpr std::string_view kReplyName = "ppr";
constexpr std::string_view kReplyPrefix = "ppr1";
constexpr std::string_view kTagLabel = "pixelpass reply";
constexpr std::size_t kCountsBytes = 1;
constexpr std::size_t kTagBytes = std::tuple_size_v<ReplyTag>;
constexpr std::size_t kCheckBytes = 1;
constexpr std::size_t kBytesV4 = kAddressBytesV4 + sizeof(std::uint16_t);
constexpr std::size_t kBytesV6 = kAddressBytesV6 + sizeof(std::uint16_t);

/// CRC-8 (ITU-T I.432.1): a changed character always shows, two that are swapped nearly always. The tag would
/// show all of it, but could not tell a slip of the hand from another ticket.
std::uint8_t check_of(ByteView bytes) {
  boost::crc_optimal<8, 0x07, 0, 0, false, false> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

/// `body`: counts and addresses.
ReplyTag tag_of(ByteView body, const Secret& secret) {
  Bytes message(kTagLabel.begin(), kTagLabel.end());
  message.insert(message.end(), body.begin(), body.end());
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), message.data(), message.size(),
           digest.data(), &size) == nullptr)
    throw std::bad_alloc();  // fails for nothing else with a digest that is there
  ReplyTag tag;
  std::copy_n(digest.begin(), tag.size(), tag.begin());
  return tag;
}

Bytes body_of(const std::vector<SocketAddress>& addresses) {
  Writer out;
  const auto v6 =
      std::ranges::count_if(addresses, [](const SocketAddress& address) { return address.is_v6(); });
  const auto counts = (addresses.size() - static_cast<std::size_t>(v6)) << 4 | static_cast<std::size_t>(v6);
  out.u8(counts);
  for (const auto& address : addresses) out.address_and_port(address);
  return out.take();
}

struct Counts {
  explicit Counts(std::uint8_t counts) : v4(counts >> 4), v6(counts & 0xf) {}
  [[nodiscard]] std::size_t body_bytes() const { return kCountsBytes + v4 * kBytesV4 + v6 * kBytesV6; }
  std::size_t v4;
  std::size_t v6;
};

std::vector<SocketAddress> read_addresses(ByteView body) {
  Reader in(body);
  const Counts counts(in.u8());
  std::vector<SocketAddress> addresses;
  for (std::size_t i = 0; i < counts.v4 + counts.v6; ++i)
    if (const auto address = in.address_and_port(i >= counts.v4); is_dialable(address))
      addresses.push_back(address);
  return addresses;
}

/// The bytes of a code, whose checksum was right. `text` begins behind the prefix.
Result<Bytes, ReplyCodeError> decode_whole(std::string_view text) {
  // The first whole characters that hold the counts; every code is longer.
  constexpr std::size_t kStartBytes = 5;
  static_assert(kStartBytes > kCountsBytes && base32_chars(kStartBytes) * 5 == kStartBytes * 8);
  static_assert(kStartBytes < kTagBytes);
  if (text.size() < base32_chars(kStartBytes)) return ReplyCodeError::kTruncated;
  const auto start = base32_decode(text.substr(0, base32_chars(kStartBytes)), kStartBytes);
  if (!start) return ReplyCodeError::kDamaged;
  const std::size_t bytes = Counts(start->front()).body_bytes() + kTagBytes + kCheckBytes;
  if (text.size() < base32_chars(bytes)) return ReplyCodeError::kTruncated;
  auto whole = base32_decode(text.substr(0, base32_chars(bytes)), bytes);
  if (!whole || check_of(ByteView(*whole).first(bytes - kCheckBytes)) != whole->back())
    return ReplyCodeError::kDamaged;
  whole->pop_back();
  return *std::move(whole);
}

/// `text` begins behind the prefix.
Result<ReplyCode, ReplyCodeError> decode_one_reply(std::string_view text, const Secret& secret) {
  const auto whole = decode_whole(text);
  if (!whole) return whole.error();
  const auto body = ByteView(*whole).first(whole->size() - kTagBytes);
  const auto tag = tag_of(body, secret);
  if (CRYPTO_memcmp(tag.data(), whole->data() + body.size(), tag.size()) != 0)
    return ReplyCodeError::kOtherTicket;
  ReplyCode code{tag, read_addresses(body)};
  if (code.addresses.empty()) return ReplyCodeError::kDamaged;
  return code;
}

/// "ppr2" and so on, as it is or behind our own name. Only at the start: those letters may occur inside a
/// code, and anywhere else.
bool is_of_later_reply_kind(std::string_view text) {
  constexpr std::size_t kShortestChars = 20;  // as long as this it is no word
  for (const std::string_view word : {"pixelpass", "reply"})
    if (text.starts_with(word)) text.remove_prefix(word.size());
  return text.starts_with(kReplyName) && text.size() > kShortestChars && text[kReplyName.size()] > '1' &&
         text[kReplyName.size()] <= '9';
}

}  // namespace

ReplyCode make_reply_code(const std::vector<SocketAddress>& addresses, const Secret& secret) {
  std::vector<SocketAddress> kept;
  for (const bool v6 : {false, true}) {
    std::size_t room = kMaxReplyAddressesPerFamily;
    for (const auto& address : addresses) {
      const auto plain = address.unmapped();
      if (plain.is_v6() != v6 || !is_dialable(plain) || room == 0) continue;
      kept.push_back(plain);
      --room;
    }
  }
  const auto tag = tag_of(body_of(kept), secret);
  return {tag, std::move(kept)};
}

std::string encode_reply_code(const ReplyCode& code) {
  Bytes whole = body_of(code.addresses);
  whole.insert(whole.end(), code.tag.begin(), code.tag.end());
  whole.push_back(check_of(whole));
  return std::string(kReplyPrefix) + base32_encode(whole);
}

Result<ReplyCode, ReplyCodeError> decode_reply_code(std::string_view text, const Secret& secret) {
  const auto chars = letters_and_digits(text);
  if (chars.empty()) return ReplyCodeError::kEmpty;
  const std::string_view all = chars;
  auto at = all.find(kReplyPrefix);
  if (at == all.npos && is_of_later_reply_kind(all)) return ReplyCodeError::kNewerVersion;
  auto error = ReplyCodeError::kForeign;
  std::optional<ReplyCode> newest;
  // The prefix's 1 is not in base32's alphabet: it never occurs inside a code.
  for (; at != all.npos; at = all.find(kReplyPrefix, at + kReplyPrefix.size())) {
    auto code = decode_one_reply(all.substr(at + kReplyPrefix.size()), secret);
    if (code)
      newest = *std::move(code);
    else
      error = std::max(error, code.error());
  }
  if (newest) return *std::move(newest);
  return error;
}

bool looks_like_reply_code(std::string_view text) {
  const auto chars = letters_and_digits(text);
  const std::string_view all = chars;
  return all.find(kReplyPrefix) != all.npos || is_of_later_reply_kind(all);
}

Error describe(ReplyCodeError error) {
  const auto usage = [](const char* what, const char* hint) { return Error{what, hint, ExitCode::kUsage}; };
  switch (error) {
    case ReplyCodeError::kEmpty:
      return usage("no reply code was given; a reply code begins with ppr1",
                   "copy the code that your friend's pixelpass shows and paste it here");
    case ReplyCodeError::kForeign:
      return usage("this is not a reply code; a reply code begins with ppr1",
                   "copy the code that your friend's pixelpass shows, from ppr1 to its end");
    case ReplyCodeError::kTruncated:
      return usage("the end of the reply code is missing; a whole code was expected",
                   "copy it again, to its last character");
    case ReplyCodeError::kDamaged:
      return usage("the reply code is damaged: a character was changed, added or lost on the way",
                   "copy it again rather than typing it, or ask your friend to send it once more");
    case ReplyCodeError::kOtherTicket:
      return usage("the reply code was made with another ticket than the one that this host shows",
                   "send your friend this host's ticket, and ask for the code that it leads to");
    case ReplyCodeError::kNewerVersion:
      return usage("the reply code is from a later version of pixelpass than this one",
                   "update pixelpass, or ask your friend to use the version that you have");
  }
  return usage("the reply code cannot be read", "ask your friend to send it once more");
}

}  // namespace pixelpass
