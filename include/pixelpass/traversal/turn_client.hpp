#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pixelpass::traversal {

/// The credentials for a TURN server, from a ticket or an option. Realm and nonce come from the server.
struct TurnCredentials {
  std::string username;
  std::string password;
};

/// For a server with a shared secret (draft-uberti-behave-turn-rest, coturn's use-auth-secret): the username
/// is "expiry:name", the password base64(HMAC-SHA1(secret, username)).
TurnCredentials timed_credentials(std::string_view secret, std::string_view name, UnixTime expires);

/// The transport to the server; beyond it everything is UDP.
enum class TurnTransport : std::uint8_t { kUdp, kTcp, kTls };
inline bool is_stream(TurnTransport transport) {
  return transport != TurnTransport::kUdp;
}

/// Why an allocation, a permission or a channel failed or ended.
enum class TurnError : std::uint8_t {
  kNoAnswer,     ///< to a request and all its repetitions
  kCredentials,  ///< 401 to credentials, 441: unknown, wrong or expired
  kForbidden,    ///< 403
  kQuota,        ///< 486: this user has all that he may have
  kNoCapacity,   ///< 508: the server is full; or we have as many peers as we can
  kFamily,       ///< 440, 443: not with this family of addresses
  kMismatch,     ///< 437: the server knows our allocation no more, or an older one that it does not free
  kUnsupported,  ///< 400, 420, 442 and what else servers say; the detail has it
  kLost,         ///< the transport broke
  kElsewhere,    ///< 300: ask the alternate server
};

/// One sentence and what to do about it. `detail`: what the server said, or nothing.
Error describe(TurnError error, std::string_view detail = {});

/// What a permission and a channel live for at the server, which does not tell (RFC 8656 sections 9 and 12).
/// Half of it later they are renewed. For tests with servers that forget sooner.
struct TurnLifetimes {
  Duration permission = 300s;
  Duration channel = 600s;
};

/// One allocation on one TURN server (RFC 8656) over a transport that others own, who also see to it that
/// what comes is from the server. Renews the allocation, permissions and channels as long as they are wanted;
/// a challenge (401), a stale nonce (438) and an allocation left from before (437) are its own business. It
/// asks for a refresh every 15 s or more often: that keeps a NAT's binding, and tells a dead or restarted
/// server. Answers without an outstanding request, or signed by nobody, change nothing. Sans-IO. Thread:
/// network.
class TurnClient {
 public:
  struct Settings {
    TurnCredentials credentials{};
    TurnTransport transport = TurnTransport::kUdp;
    bool want_v6 = false;  ///< the relayed address; REQUESTED-ADDRESS-FAMILY
    TurnLifetimes lifetimes{};
  };
  /// Begins to allocate: poll_transmit has the first request.
  TurnClient(const Settings& settings, Random random, Instant now);
  ~TurnClient();
  TurnClient(TurnClient&&) noexcept;
  TurnClient& operator=(TurnClient&&) noexcept;

  struct Relayed {
    SocketAddress peer;
    ByteView data;  ///< within the message that was given
  };
  /// One STUN message or ChannelData from the server. Nullopt: it was for the client itself, or noise, or
  /// from a peer that is not permitted.
  std::optional<Relayed> on_message(ByteView message, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// The connection to the server is gone (a stream's). `Refused` follows.
  void on_transport_lost();

  /// Lets everything from this peer's address, whatever its port, through to us. May be asked for before
  /// there is an allocation, and again. At most kMaxTurnPeers.
  void permit(const SocketAddress& peer, Instant now);
  /// A channel for this peer: its datagrams carry 4 bytes instead of 36. Also permits it; until it is bound,
  /// data goes as Send indications if the peer was permitted before.
  void bind_channel(const SocketAddress& peer, Instant now);
  /// Stops renewing both; datagrams from this peer are dropped.
  void forget(const SocketAddress& peer);
  /// Asks the server at once whether it still has the allocation: Refused or Silent follows if not. On a
  /// stream it has three seconds to answer: one that leads nowhere any more would not be heard of for long.
  void check(Instant now);
  /// Frees the allocation at the server (a Refresh with lifetime 0, repeated until it is answered). No event
  /// follows.
  void close(Instant now);
  /// Whether it has ended: refused, or closed.
  [[nodiscard]] bool is_done() const;

  /// Control messages to the server, in order, one a call.
  std::optional<Bytes> poll_transmit();

  /// Appends `datagrams`, of `segment` bytes each (the last may be shorter), to `out`, each dressed for the
  /// server (a ChannelData's header, padded on streams, or a Send indication). Returns the bytes that each of
  /// them takes now, the last one maybe less: a segment's size for GSO. All together may be more than one
  /// call to the kernel takes. 0, and nothing is appended: there is no allocation, or the peer is not
  /// permitted.
  std::size_t dress(const SocketAddress& peer, ByteView datagrams, std::size_t segment, Bytes& out);

  struct Allocated {
    SocketAddress relayed;
    SocketAddress mapped;  ///< ours, as the server sees it
  };
  /// Data can be exchanged (of a channel: it is bound). Told at first, and again after it had run out.
  struct Permitted {
    SocketAddress peer;
  };
  /// The allocation was refused; final.
  struct Refused {
    TurnError error;
    std::string detail;  ///< what the server said, for people; maybe empty
    std::optional<SocketAddress> alternate;
  };
  /// A permission or a channel was refused, and is not wanted any more. If a channel is refused for a peer
  /// whose permission stands, Send indications continue.
  struct PeerRefused {
    SocketAddress peer;
    TurnError error;
    std::string detail;
  };
  /// The server has stopped to answer (no answer to one request and its repetitions), or answers again.
  /// The allocation is kept and asked for until its lifetime is over.
  struct Silent {
    bool is_silent = true;
  };
  using Event = std::variant<Allocated, Permitted, Refused, PeerRefused, Silent>;
  std::optional<Event> poll_event();

  /// The relayed address, while there is an allocation.
  [[nodiscard]] std::optional<SocketAddress> relayed() const;
  /// The round trip of the last request that was answered at once.
  [[nodiscard]] std::optional<Duration> round_trip() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// Permissions and channels together.
inline constexpr std::size_t kMaxTurnPeers = 64;

/// Cuts a TCP or TLS stream into STUN messages and ChannelData, without their padding (RFC 8656
/// section 12.5). Keeps less than one message. Sans-IO.
class TurnStreamReader {
 public:
  /// Appends the messages that `bytes` complete. False: this is not a TURN server's stream; nothing more is
  /// read from it.
  bool feed(ByteView bytes, std::vector<Bytes>& out);

 private:
  Bytes pending_;
  bool is_broken_ = false;
};

}  // namespace pixelpass::traversal
