#pragma once

#include "app/host/host_session.hpp"
#include "sim_browser.hpp"
#include "sim_call.hpp"

#include <memory>
#include <random>
#include <vector>

namespace pixelpass::sim {

/// The narrow place on the way to one or more viewers, or of another's download: a rate, and a queue that
/// drops what would wait longer.
class Bottleneck {
 public:
  std::int64_t bits_per_second = 20'000'000;
  Duration queue = 100ms;

  /// How long a datagram takes to be through; nullopt: the queue is full.
  std::optional<Duration> pass(std::size_t bytes, Instant now);
  /// Nothing passes for so long; what comes waits.
  void hold(Duration duration, Instant now);

 private:
  Instant free_at_{};
};

/// What an encoder with a bitrate gives: a keyframe of 100 ms of it every two seconds, pictures around the
/// rest of it, and a sound track; as MPEG-TS and, with the number of the picture at its end, as H.264.
class SimEncoder {
 public:
  SimEncoder(Network& network, app::HostSession& session, std::int64_t bitrate_bps, std::uint64_t seed,
             std::function<void()> on_frame);

  void apply(const app::SourceCommand& command);
  struct Change {
    Instant at;
    std::int64_t bitrate_bps = 0;
  };
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] std::int64_t bitrate_bps() const { return changes_.back().bitrate_bps; }
  /// On average from `from` until `to`.
  [[nodiscard]] double mean_bitrate(Instant from, Instant to) const;
  [[nodiscard]] std::size_t frames() const { return made_at_.size(); }
  /// When the picture was made whose bytes these are.
  [[nodiscard]] Instant made_at(ByteView picture) const;

 private:
  void next_frame(std::size_t run);
  [[nodiscard]] std::size_t frame_bytes();
  void give_units(std::size_t bytes);

  Network& network_;
  app::HostSession& session_;
  std::function<void()> on_frame_;
  std::mt19937_64 random_;
  std::vector<Change> changes_;
  bool playing_ = false;
  bool keyframe_due_ = true;
  std::size_t run_ = 0;
  std::uint64_t group_ = 0;
  std::size_t index_ = 0;
  std::vector<Instant> made_at_;
  bool makes_opus_ = false;
};

/// A host as the program has it, but for its socket, with a picture of so many bits a second.
class RateHost {
 public:
  RateHost(Network& network, std::uint64_t seed, const SocketAddress& address, std::int64_t bitrate_bps,
           std::size_t max_viewers);
  [[nodiscard]] Ticket ticket() const;
  [[nodiscard]] const SocketAddress& address() const { return address_; }
  void drain();
  SimEncoder& encoder() { return *encoder_; }
  /// The newest.
  [[nodiscard]] const app::HostStats& stats() const { return *last_of<app::HostStats>(events); }
  std::vector<app::HostEvent> events;

 private:
  Network& network_;
  SocketAddress address_;
  tunnel::Identity identity_;
  std::unique_ptr<app::HostSession> session_;
  std::unique_ptr<SimEncoder> encoder_;
  Network::NodeId node_ = 0;
};

/// Hosts and viewers with lines between them. Round trip without queues: 40 ms.
class RateCall {
 public:
  static constexpr Duration kWay = 20ms;
  static constexpr std::int64_t kCap = 6'000'000;

  explicit RateCall(std::uint64_t seed);
  RateHost& add_host(std::int64_t bitrate_bps = kCap, std::size_t max_viewers = 8);
  /// Its media passes `line`, which outlives the call; `loss`: of datagrams, each way.
  SimViewer& join(RateHost& host, Bottleneck& line, double loss = 0);
  /// A browser does, which tells what of its packets has come; or it reports alone.
  SimBrowser& browse(RateHost& host, Bottleneck& line, double loss = 0, bool gives_feedback = true);
  /// From now on, for `duration`.
  void run_for(Duration duration) { network.run_for(duration); }
  /// At `after` from now.
  void later(Duration after, std::function<void()> action) {
    network.at(network.now() + after, std::move(action));
  }

  Network network;
  std::deque<RateHost> hosts;
  std::deque<SimViewer> viewers;
  std::deque<SimBrowser> browsers;

 private:
  std::deque<BrowserIdentity> certificates_;
  std::uint64_t seed_;
  std::size_t datagram_bytes_ = 0;  ///< of the one that is being sent
  std::vector<std::pair<SocketAddress, Bottleneck*>> lines_;
};

/// A download by TCP with CUBIC (RFC 9438) through the same narrow place: the model without SACK's details.
class CubicFlow {
 public:
  CubicFlow(Network& network, Bottleneck& line) : network_(network), line_(line) {}
  void start();
  [[nodiscard]] std::uint64_t delivered_bytes() const { return delivered_; }

 private:
  static constexpr std::size_t kSegmentBytes = 1448;
  void fill();
  void on_acknowledged();
  void on_lost();
  [[nodiscard]] double window_at(Instant now) const;

  Network& network_;
  Bottleneck& line_;
  double window_ = 10;  ///< segments, as are all of these
  double threshold_ = 1e9;
  double most_ = 0;
  double in_flight_ = 0;
  Instant reduced_at_{};
  std::uint64_t delivered_ = 0;
};

/// What came of a stretch of a run, for one viewer.
struct RateFigures {
  Duration lag_p50{};
  Duration lag_p95{};
  double shown = 0;    ///< frames, of those that were made
  double goodput = 0;  ///< bits a second of media that a player got
  friend std::ostream& operator<<(std::ostream& out, const RateFigures& figures);
};
RateFigures figures(const SimViewer& viewer, Instant from, Instant to);
/// Of pictures that the encoder made.
RateFigures figures(const SimBrowser& browser, const SimEncoder& encoder, Instant from, Instant to);

}  // namespace pixelpass::sim
