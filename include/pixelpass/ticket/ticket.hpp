#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass {

using Fingerprint = std::array<std::uint8_t, 32>;  ///< of the host's certificate: its SHA-256 (RFC 8122)
using Secret = std::array<std::uint8_t, 16>;       ///< whoever has it may watch

enum class CandidateKind : std::uint8_t { kHost = 0, kReflexive = 1, kMapped = 2 };

/// An address at which the host may be reached (the word is ICE's, RFC 8445).
struct Candidate {
  CandidateKind kind = CandidateKind::kHost;
  SocketAddress address;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// How a relay's server is contacted.
enum class RelayTransport : std::uint8_t {
  kAny = 0,  ///< whatever gets through
  kUdp = 1,
  kTcp = 2,
  kTls = 3,
};

/// A TURN allocation of the host (RFC 8656).
struct Relay {
  SocketAddress server;
  SocketAddress relayed;
  std::vector<SocketAddress> permitted;  ///< the server's relay addresses that the host lets in
  std::string username;
  std::string password;                             ///< short-lived
  RelayTransport transport = RelayTransport::kAny;  ///< a later version's is taken as kAny
  std::string name{};  ///< the server's, for its certificate; empty where it is only an address
  friend bool operator==(const Relay&, const Relay&) = default;
};

/// What the host gives to its viewers, over any chat.
struct Ticket {
  Fingerprint fingerprint{};
  Secret secret{};
  std::optional<UnixTime> expires_at;
  std::vector<Candidate> candidates;  ///< at most kMaxCandidates
  std::optional<Relay> relay;
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

inline constexpr std::size_t kMaxCandidates = 32;
inline constexpr std::size_t kMaxPermitted = 16;
inline constexpr std::size_t kMaxCredentialBytes = 255;  ///< username, password
/// The longest ticket that is read; all of the limits above fit.
inline constexpr std::size_t kMaxTicketChars = 4096;

/// A longer ticket is unhandy in a chat.
inline constexpr std::size_t kShortTicketChars = 300;

enum class TicketError : std::uint8_t {
  kEmpty,
  kForeign,       ///< does not look like a pixelpass ticket at all
  kTruncated,     ///< the end is missing: copied in part
  kDamaged,       ///< the checksum does not match: a character was changed
  kNewerVersion,  ///< made by a later pixelpass
};

/// `pp1` + base32 (RFC 4648, lower case, no padding) of
/// version(u8) payload-length(u16) payload checksum(u32, CRC-32C of all before it), integers big-endian.
/// What is above the limits is left out; an expiry is kept in whole seconds up to the year 2106.
std::string encode_ticket(const Ticket& ticket);

/// The ticket without parts that a viewer can do without, as far as needed to stay within kShortTicketChars.
/// They are removed one by one: first interfaces' addresses (kHost) from the end of the list, except for the
/// first IPv4 and the first IPv6 address; then reflexive addresses of a family that has a mapping. Mappings,
/// other reflexive addresses and the relay always stay.
Ticket shortened(Ticket ticket);

/// Reads the first ticket in `text` that is whole, whatever a chat has put before, into and behind it: every
/// character that is not an ASCII letter or digit is skipped, case does not matter, and the ticket knows its
/// own length. Whether a ticket has expired is its host's to judge, by its own clock: `now` only chooses
/// among several, the first that has not expired, else the one that was good for longest. Without a whole
/// one, the error is the most telling there is: the last in the enum's order. A payload with more behind the
/// fields of its version is accepted: later versions may add at the end what earlier ones can do without.
/// Never throws; takes time in proportion to the text.
Result<Ticket, TicketError> decode_ticket(std::string_view text, UnixTime now);

/// Goes by the clock that says `now`, which need not be the host's.
bool has_expired(const Ticket& ticket, UnixTime now);

/// One sentence and a hint, with the exit code that it ends with.
Error describe(TicketError error);

/// Lets `Result<Ticket, TicketError>::value()` throw what main catches.
[[noreturn]] inline void throw_exception_from_error(TicketError error, const boost::source_location&) {
  throw StartupError(describe(error));
}

/// Whether an argument is meant as a ticket (so that `pixelpass <ticket>` works).
bool looks_like_ticket(std::string_view text);

}  // namespace pixelpass
