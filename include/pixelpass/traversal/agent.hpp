#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/traversal/check_key.hpp"
#include "pixelpass/traversal/relay_server.hpp"
#include "pixelpass/traversal/stun_servers.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::traversal {

enum class RelayId : std::uint32_t {};
enum class AttemptId : std::uint32_t {};

/// Servers that are asked for our outer address at one time; more are not asked at all. All that may be named
/// fit in, with an address of each family: whoever waits for an answer would wait in vain for one left out.
inline constexpr std::size_t kMaxAskedServers = 2 * (kMostStunServers + kMostRelays);
/// Addresses that one attempt sends to: those that it is given, and those that it learns of by a check of the
/// other end, for which some places are kept.
inline constexpr std::size_t kMaxRemotes = 32;
inline constexpr std::size_t kMaxGivenRemotes = 28;
/// Attempts at one time: one more ends the one that would have ended first.
inline constexpr std::size_t kMaxAttempts = 32;

/// How aggressively a punch tries.
struct AttemptSettings {
  std::vector<SocketAddress> remotes{};
  /// Checked over relays of ours; each with the relayed address that it begins at.
  std::vector<net::Path> relayed{};
  Duration duration = 10s;
  /// Packets in any second, answers included.
  int per_second = 50;
  /// The first 200 ms of checks die `near_hops` hops from here. A NAT that takes in packets nobody waits for
  /// would else remember the other end's first one, and then give our own flow another port.
  bool low_ttl_first = true;
  /// Through all NATs of ours and no further: one more than they are.
  int near_hops = 2;
  /// Checks to an address have few hops until the other end's first check has come from there: for the end
  /// that waits long before the other begins (a reply code). Only where `near_hops` is known to pass all our
  /// NATs, and these give every destination the same outer address: else the other end's checks cannot come
  /// before ours have, and both wait for each other. What the core sends there meanwhile (it dials) goes no
  /// further either. IPv4 alone: no firewall gives a flow another port. After 75 s checks go all the way for
  /// 10 s, in case that the hops were too few.
  bool low_ttl_until_asked = false;
  /// Falls silent for 35 s after each 15 s without an answer, for the first time after 5 s: a NAT that has
  /// given our flow another port, since the other end's datagrams came first, forgets it, and the next checks
  /// begin anew. For long attempts whose other end has `low_ttl_until_asked`.
  bool with_pauses = false;
};

/// Our address as a STUN server sees it: when it is known, and when it has changed.
struct Reflexive {
  SocketAddress server;
  SocketAddress outer;
};
/// A STUN server has not answered within a second, or does not any more. It goes on being asked.
struct NoReflexive {
  SocketAddress server;
};
/// `mapped`: our address as the relay's server sees it.
struct RelayReady {
  RelayId relay;
  SocketAddress relayed;
  SocketAddress mapped;
};
/// The last of this relay.
struct RelayFailed {
  RelayId relay;
  TurnError error;
  std::string detail;
  std::optional<SocketAddress> alternate;
};
/// The relay forwards this peer's datagrams from now on.
struct RelayPermitted {
  RelayId relay;
  SocketAddress peer;
};
/// The relay itself goes on.
struct RelayPeerRefused {
  RelayId relay;
  SocketAddress peer;
  TurnError error;
  std::string detail;
};
/// The relay's server has stopped to answer, or answers again; the allocation is kept meanwhile.
struct RelaySilent {
  RelayId relay;
  bool is_silent = true;
};
/// Our check was answered: this path works both ways. Told once a path; better ones may follow. A direct path
/// has no local address (the kernel chooses), one through our own relay has the relayed one.
struct PathFound {
  AttemptId attempt;
  net::Path path;
  Duration round_trip;
};
/// The attempt has timed out without an answered check. Its last event.
struct PunchFailed {
  AttemptId attempt;
};
using AgentEvent = std::variant<Reflexive, NoReflexive, RelayReady, RelayFailed, RelayPermitted,
                                RelayPeerRefused, RelaySilent, PathFound, PunchFailed>;

/// Stands between a driver and the core that it drives, and is one itself: STUN, TURN and hole punching on
/// the socket that the core has. Takes for itself what comes from a TURN server that it speaks with (told by
/// the source address: ChannelData and QUIC's short header begin alike, RFC 9443) and what is STUN by its
/// magic cookie, but for requests of none of its attempts: browsers check their paths by such. All else is
/// the core's. What the core sends on a path with Via::kOwnRelay is dressed for the
/// relay's server, batches stay batches. Addresses may be IPv4-mapped or not; those in events never are.
///
/// Sends nothing to any address that it was not given, or whose owner has not shown an attempt's key. After
/// each call from outside the driver has to be woken (net::UdpDriver::wake). Sans-IO. Thread: one.
class Agent final : public net::DatagramCore {
 public:
  /// `core` outlives the agent.
  Agent(net::DatagramCore& core, const Random& random);
  ~Agent() override;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// Asks a STUN server for our outer address: Reflexive or NoReflexive follows within a second. Asked again
  /// every 15 s, which keeps a NAT's binding alive, until forget_servers().
  void ask_outer_address(const SocketAddress& server, Instant now);
  void forget_servers();

  /// An allocation over the core's own UDP socket; one a server's address.
  RelayId add_relay(const SocketAddress& server, TurnClient::Settings settings, Instant now);
  /// An allocation over a stream that somebody else owns: `send` takes whole messages and outlives the relay.
  /// What it does not take (false) is lost.
  using StreamSend = std::function<bool(ByteView)>;
  RelayId add_stream_relay(TurnClient::Settings settings, StreamSend send, Instant now);
  /// A message that has come on the stream. An id of a relay that is gone is no error, here and below.
  void on_stream_message(RelayId relay, ByteView message, Instant now);
  void on_stream_lost(RelayId relay);
  /// Lets this peer's address, whatever its port, send to us over the relay.
  void permit(RelayId relay, const SocketAddress& peer, Instant now);
  /// Permits, and makes what is sent to this peer 32 bytes shorter.
  void bind_channel(RelayId relay, const SocketAddress& peer, Instant now);
  /// Ends the permission and the channel for this peer.
  void forget_peer(RelayId relay, const SocketAddress& peer);
  /// Asks its server at once whether it still has the allocation: RelayFailed or RelaySilent follows if not.
  void check_relay(RelayId relay, Instant now);
  /// The round trip to the relay's server, once known.
  [[nodiscard]] std::optional<Duration> round_trip(RelayId relay) const;
  /// Frees the allocation; no event of it follows.
  void remove_relay(RelayId relay, Instant now);

  /// The next flush is the last: it frees the allocations once the core's own goodbye has gone over them.
  void leave();

  /// Sends signed checks to these addresses and answers the other end's, whose source is one more address to
  /// check (peer-reflexive). PathFound or PunchFailed follows. An attempt with the same key ends without a
  /// word. Checks end two seconds after the first answer; the other end's are answered until the attempt's
  /// time is over.
  AttemptId punch(CheckKey key, AttemptSettings settings, Instant now);
  void add_remotes(AttemptId attempt, const std::vector<SocketAddress>& remotes, Instant now);
  void stop(AttemptId attempt);

  std::optional<AgentEvent> poll_event();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pixelpass::traversal
