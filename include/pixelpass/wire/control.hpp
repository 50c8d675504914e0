#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/media/stream_description.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/wire/version.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pixelpass::wire {

/// The control stream's format, for both sides, after the kind byte (stream_kind.hpp):
///   message := length(u32, big-endian, of what follows) JSON object with a "type"
/// Unknown fields and unknown types are ignored, so that later versions can add some. A message above
/// kMaxMessageBytes, JSON that does not parse, or a field of the wrong kind closes the connection.
///
/// The parts that tell of different versions are the same in every version: a hello's type and `versions`, a
/// refusal's type, `reason` and `versions`, a welcome's type and `version`. The rest of a hello or a welcome
/// is read only if we speak its version.
inline constexpr std::size_t kMaxMessageBytes = 16 << 10;

using SessionId = std::array<std::uint8_t, 16>;
using Proof = std::array<std::uint8_t, 32>;

/// The viewer's first message. Names are shown to people: at most 64 bytes; control characters are removed
/// when decoding.
struct Hello {
  VersionRange versions = kVersions;  ///< that the viewer speaks
  SessionId session{};                ///< the viewer is this id, whatever connection it comes over
  Proof proof{};                      ///< HMAC of the ticket's secret over the TLS exporter
  std::string name;
  std::chrono::milliseconds latency{200};     ///< how late a group may be before it is worthless here
  std::optional<std::uint64_t> resume_after;  ///< the last group that the viewer has had a part of
  /// The connection stands by: it carries no media until MoveMedia asks for that, while another one does.
  /// Without such another one, this is ignored.
  bool standby = false;
};

/// The host's answer to a Hello that it accepts. Sent again when the description changes.
struct Welcome {
  int version = kVersions.highest;  ///< spoken from now on: common_version of both sides
  std::string host_name;
  StreamDescription stream;
  std::optional<UnixTime> host_time{};  ///< the host's wall clock, when this was sent; older hosts: none
};

/// In the order of CloseCode's numbers: only append, before kUnknown.
enum class RefusedReason : std::uint8_t {
  kFull,
  kLocked,
  kExpired,
  kKicked,
  kVersion,
  kProof,
  kUnknown,  ///< one that a later version has added; never sent
};

/// Lets `Result<T, RefusedReason>::value()` throw what main catches.
[[noreturn]] inline void throw_exception_from_error(RefusedReason, const boost::source_location&) {
  throw StartupError("a viewer is refused", "ask the host why", ExitCode::kRefused);
}

struct Refused {
  RefusedReason reason = RefusedReason::kFull;
  std::optional<UnixTime> host_time{};     ///< as in Welcome; none for who has not proven the secret
  std::optional<VersionRange> versions{};  ///< that the host speaks, where kVersion is the reason
};

struct Report {                      ///< viewer, once a second
  std::chrono::microseconds lag{0};  ///< capture to local endpoint, median of the last second
  std::size_t buffered_bytes = 0;
  std::uint64_t skipped_groups = 0;
  bool is_player_slow = false;  ///< it does not show the pictures in time; older viewers do not say
};

struct Ping {
  std::chrono::microseconds sent_at{0};  ///< sender's clock; meaningless to the other side
};

/// How far the host's media is: its newest group, and that group's number of frames.
struct MediaPosition {
  std::uint64_t group = 0;
  std::uint64_t frames = 0;
  friend auto operator<=>(const MediaPosition&, const MediaPosition&) = default;
};

struct Pong {
  std::chrono::microseconds sent_at{0};      ///< from the Ping
  std::chrono::microseconds received_at{0};  ///< answerer's clock
  std::optional<MediaPosition> newest{};     ///< host, when it has any
};

/// From the viewer: a player begins to read, and the current group began a while ago.
struct KeyframeRequest {};

inline constexpr std::size_t kMaxTagBytes = 16;

/// Addresses at which the sender, either side, may be reached, so that both can punch at once. At most
/// kMaxCandidates, all valid destinations (no port 0, unspecified or multicast address): others are left out
/// when encoding and decoding, and so are kinds that a later version has added.
struct Candidates {
  std::vector<Candidate> candidates;
  Bytes tag;  ///< names the attempt that the addresses are for; at most kMaxTagBytes
};

/// From the viewer, over a standby connection, which is to carry the media from now on. The host first sends
/// the newest group over it, so that its congestion window opens, and then switches at a group's boundary;
/// the other connection stands by from then on.
struct MoveMedia {
  bool at_once = false;  ///< the other one is dead: nothing is waited for
};

/// From the host, over the connection that carries the media from `group` on: because that was asked for, or
/// the host has lost the other connection.
struct MediaMoved {
  std::uint64_t group = 0;
};

/// From the host: the picture's bitrate is more than this viewer's line carries, and is not lowered for it,
/// since the others keep up; it gets the newest groups only. Or that this is over. Sent when it changes.
struct LeftBehind {
  bool is_left_behind = true;
  std::int64_t line_bps = 0;     ///< of the picture, that the line carries; bits a second, as is
  std::int64_t picture_bps = 0;  ///< what the picture has
};

struct Bye {
  std::string reason;  ///< for people; at most 128 bytes
};

using ControlMessage = std::variant<Hello, Welcome, Refused, Report, Ping, Pong, KeyframeRequest, Candidates,
                                    MoveMedia, MediaMoved, Bye, LeftBehind>;

/// The message with its length in front, ready for the stream.
Bytes encode(const ControlMessage& message);

const char* to_string(RefusedReason reason);
/// The reason of this number in the enum's order.
RefusedReason refused_reason(std::uint64_t number);

/// Splits the stream into messages as its bytes come. Sans-IO, bounded: holds at most one message.
class ControlReader {
 public:
  enum class Status : std::uint8_t { kOk, kTooLong, kNotJson, kBadField };

  /// Appends the complete messages in `bytes` to `out`. After a status other than kOk it must not be fed
  /// again.
  Status feed(ByteView bytes, std::vector<ControlMessage>& out);
  /// How many messages of unknown types have come since the last call.
  std::size_t take_unknown() { return std::exchange(unknown_, 0); }

 private:
  Bytes buffered_;
  std::size_t unknown_ = 0;
};

}  // namespace pixelpass::wire
