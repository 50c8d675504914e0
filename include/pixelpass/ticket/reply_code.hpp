#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass {

/// Names an attempt to get through, to both ends. Not secret: it may be sent in the clear.
using ReplyTag = std::array<std::uint8_t, 8>;

/// The addresses at which a viewer that cannot get through can be met; it gives them back to the host over
/// the chat by which the ticket came.
struct ReplyCode {
  ReplyTag tag{};
  std::vector<SocketAddress> addresses;  ///< at least one; IPv4 first, otherwise in the viewer's order
  friend bool operator==(const ReplyCode&, const ReplyCode&) = default;
};

/// How long each end tries, from when it has the code.
inline constexpr Duration kReplyTime = 2min;

/// The header has four bits for each family's count.
inline constexpr std::size_t kMaxReplyAddressesPerFamily = 15;
inline constexpr std::size_t kMaxReplyAddresses = 2 * kMaxReplyAddressesPerFamily;

enum class ReplyCodeError : std::uint8_t {
  kEmpty,
  kForeign,       ///< does not look like a reply code at all
  kTruncated,     ///< the end is missing: copied in part
  kDamaged,       ///< the checksum does not match: a character was changed
  kOtherTicket,   ///< whole, but made with another ticket than this host's
  kNewerVersion,  ///< made by a later pixelpass
};

/// The tag is an HMAC-SHA256 of the addresses under the ticket's secret, cut to 64 bits: it says that who
/// made the code holds the ticket, so that nobody else can have the host send packets somewhere. A forger
/// cannot try by himself: each of his guesses has to be handed in by the host's own user, so 64 bits are far
/// more than it takes. The same addresses make the same code: one that is handed in twice is the same
/// attempt. There is no time in it: it would cost characters and fail where a clock is wrong, and an old code
/// says nothing but where its viewer once was. What is above the limits, or is no one machine's address, is
/// left out.
ReplyCode make_reply_code(const std::vector<SocketAddress>& addresses, const Secret& secret);

/// `ppr1` + base32 (RFC 4648, lower case, no padding) of
/// counts(u8: IPv4 in the upper four bits, IPv6 in the lower) addresses(4 or 16 bytes, port u16) tag(8)
/// checksum(u8, CRC-8 of all before it). 30 characters for one IPv4 address, 40 for two, 59 for one of each.
std::string encode_reply_code(const ReplyCode& code);

/// Reads the last code in `text` that is whole and made with this secret (a chat's newest is its last),
/// whatever is before, in and behind it: as decode_ticket reads. Without one, the error is the most telling
/// there is: the last in the enum's order. Addresses that are no one machine's are left out.
/// Never throws; takes time in proportion to the text.
Result<ReplyCode, ReplyCodeError> decode_reply_code(std::string_view text, const Secret& secret);

/// One sentence and a hint, with the exit code that it ends with.
Error describe(ReplyCodeError error);

/// Lets `Result<ReplyCode, ReplyCodeError>::value()` throw what main catches.
[[noreturn]] inline void throw_exception_from_error(ReplyCodeError error, const boost::source_location&) {
  throw StartupError(describe(error));
}

/// Whether a text is meant as a reply code, of whatever version.
bool looks_like_reply_code(std::string_view text);

}  // namespace pixelpass
