#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/capture/audio/audio_settings.hpp"
#include "pixelpass/capture/audio/channel_places.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace pixelpass::capture {

/// A PipeWire object's number in the registry.
using ObjectId = std::uint32_t;
/// An object's properties as PipeWire has them: "node.name", "media.class", …
using Properties = std::map<std::string, std::string, std::less<>>;

/// A link from a playing port to one of ours.
struct Route {
  ObjectId output_node = 0;
  ObjectId output_port = 0;
  ObjectId input_node = 0;
  ObjectId input_port = 0;

  friend bool operator==(const Route&, const Route&) = default;
  friend bool operator<(const Route& one, const Route& other) {
    return std::tie(one.output_port, one.input_port, one.output_node, one.input_node) <
           std::tie(other.output_port, other.input_port, other.output_node, other.input_node);
  }
};

/// Decides which links bring sound to our capture node. It is told what the registry says, in any order, and
/// says which links to make and which to destroy.
/// - kApps: the streams that applications play (media class "Stream/Output/Audio"), chosen by name. Never a
///   device's streams (a phone's call over Bluetooth), nor streams that pass other sound on (those with a
///   link group: loopbacks of microphones, effects, copies): that sound is heard at its origin.
/// - kMonitor: the monitor ports of the default output. kMic: the default source; no other mode takes any
///   port of a source.
/// - Streams of our own process, its children and any other pixelpass (a viewer's player on this machine) are
///   never taken: their sound would go round in a circle. In kMonitor they cannot be told apart.
/// - A stream whose program is not known yet waits: it may turn out to be a call.
/// - Of an application that plays stereo into six loudspeakers only its own two channels are taken, and of
///   the monitor those that any application plays: the others are made from these by PipeWire (is_played()).
/// - Any other link into our node is destroyed, whoever made it: what is heard is what the settings say.
/// Sans-IO. Thread: the router's.
class Routing {
 public:
  /// Whether a process is ours, or was started by any pixelpass. Asked once for each description.
  using IsOurProcess = std::function<bool(pid_t)>;
  struct Changes {
    std::vector<Route> make;        ///< told once; until on_link or on_link_failed they are under way
    std::vector<ObjectId> destroy;  ///< links; told once
  };

  Routing(AudioSettings settings, IsOurProcess is_our_process);

  /// All properties of a client; again when they change.
  void on_client(ObjectId id, Properties properties);
  void on_node(ObjectId id, Properties properties);
  void on_port(ObjectId id, const Properties& properties);
  /// The channels that the application behind a node plays; again when they change. Empty: it does not name
  /// them.
  void on_channels(ObjectId node, ChannelNames channels) { channels_[node] = std::move(channels); }
  void on_link(ObjectId id, const Properties& properties);
  /// An object of any kind is gone.
  void on_removed(ObjectId id, Instant now);
  /// The default output's node name; empty: none.
  void on_default_sink(std::string name) { default_sink_ = std::move(name); }
  void on_default_source(std::string name) { default_source_ = std::move(name); }
  /// Our node, to which the links go.
  void on_capture_node(ObjectId id) { capture_node_ = id; }
  /// A link of `make` could not be made. It is tried again, with growing pauses, while its ports are there.
  void on_link_failed(const Route& route, Instant now);

  /// To be called after any of the above, and at next_timeout().
  Changes poll(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// Whether links are passive: they carry sound while somebody plays, but keep no silent output awake. A
  /// microphone, by contrast, sleeps unless it is asked for.
  [[nodiscard]] bool waits_for_others() const { return settings_.mode != AudioMode::kMic; }
  /// Whether our node has ports; without a session manager it never gets any.
  [[nodiscard]] bool has_input_ports() const { return !input_ports().empty(); }
  /// Whether a player that some pixelpass started plays here.
  [[nodiscard]] bool hears_a_player_of_ours() const;

 private:
  struct Node {
    Properties properties;
    std::optional<ObjectId> client;  ///< nullopt: the server's own
    Properties client_properties;    ///< kept when the client goes before its node
    bool client_known = false;
    bool ours = false;
  };
  struct Port {
    ObjectId node = 0;
    std::uint32_t number = 0;  ///< within its node and direction
    bool output = false;
    bool monitor = false;
    std::string channel;
  };
  static constexpr Duration kFirstRetry = 100ms;
  static constexpr Duration kLastRetry = 6400ms;
  /// When a route that was lost, or could not be made, is made again.
  struct Retry {
    Instant at{};
    Backoff backoff{kFirstRetry, kLastRetry};
  };
  using PortOfNode = std::pair<ObjectId, const Port*>;

  [[nodiscard]] bool wants(ObjectId id, const Node& node) const;
  [[nodiscard]] bool wants_stream(const Node& node) const;
  [[nodiscard]] bool is_call(const Node& node, const std::vector<std::string>& names) const;
  void take_client(Node& node) const;

  [[nodiscard]] std::vector<PortOfNode> ports_of(ObjectId node, bool output, bool monitor) const;
  [[nodiscard]] std::vector<PortOfNode> input_ports() const;
  [[nodiscard]] ChannelNames played_by(ObjectId node) const;
  [[nodiscard]] std::set<Route> wanted() const;
  void want(ObjectId node, std::set<Route>& routes) const;
  /// The links into our node; the unwanted among them are added to `destroy`.
  std::set<Route> present(const std::set<Route>& wanted, std::vector<ObjectId>& destroy);
  void retry_later(const Route& route, Instant now);
  void forget_routes_of(ObjectId port);

  AudioSettings settings_;
  IsOurProcess is_our_process_;
  std::map<ObjectId, Properties> clients_;
  std::map<ObjectId, Node> nodes_;
  std::map<ObjectId, Port> ports_;
  std::map<ObjectId, ChannelNames> channels_;
  std::map<ObjectId, Route> links_;
  std::string default_sink_;
  std::string default_source_;
  std::optional<ObjectId> capture_node_;

  std::set<Route> asked_for_;       ///< told in make, and not heard of since
  std::set<ObjectId> given_up_;     ///< links told in destroy, and still there
  std::map<Route, Retry> retries_;  ///< kept until one of the ports goes
  std::optional<Instant> timeout_;  ///< the first retry of a wanted route
};

}  // namespace pixelpass::capture
