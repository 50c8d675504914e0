#pragma once

#include "pixelpass/base/percentiles.hpp"
#include "pixelpass/playback/group_reassembler.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "app/host/audience.hpp"
#include "app/host/keyframe_policy.hpp"
#include "sim_network.hpp"
#include "told.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::sim {

/// What a simulated host shows.
struct Picture {
  int fps = 30;
  int frames_per_group = 60;
  std::size_t keyframe_bytes = std::size_t{188} * 320;  ///< 60 KB
  std::size_t frame_bytes = std::size_t{188} * 80;      ///< 15 KB: some 3.9 Mbit/s in all
};

/// A frame whose bytes say which one it is, all through.
Frame make_frame(std::uint64_t group, std::size_t index, std::size_t bytes, Instant captured_at);
/// Whether the bytes are those of make_frame, whole.
bool is_frame(const Frame& frame, std::uint64_t& group, std::size_t& index);

class SimHost {
 public:
  SimHost(Network& network, std::uint64_t seed, std::size_t max_viewers = 2,
          std::optional<UnixTime> expires_at = {});

  /// Frames begin to come, and go on until the network ends.
  void show(const Picture& picture);
  void stop_showing() { showing_ = false; }
  /// One frame of a test's own making.
  void push(Frame frame);
  /// From now on its wall clock is so far ahead of the network's: somebody has set it.
  void set_clock_ahead(std::chrono::seconds ahead) { clock_ahead_ = ahead; }
  [[nodiscard]] Ticket ticket() const;
  tunnel::HostTunnel& tunnel() { return *tunnel_; }
  [[nodiscard]] Network::NodeId node() const { return node_; }
  [[nodiscard]] const SocketAddress& address() const { return address_; }
  Broadcast& broadcast() { return broadcast_; }
  [[nodiscard]] const tunnel::Identity& identity() const { return identity_; }
  void drain();
  std::vector<tunnel::TransportEvent> events;
  std::size_t keyframes_asked = 0;  ///< of the encoder
  template <class T>
  [[nodiscard]] std::size_t count() const {
    return count_of<T>(events);
  }

 private:
  void next_frame();

  Network& network_;
  SocketAddress address_;
  tunnel::Identity identity_;
  Broadcast broadcast_;
  app::Audience audience_;
  app::KeyframePolicy keyframes_;
  std::unique_ptr<tunnel::HostTunnel> tunnel_;
  Network::NodeId node_;
  Picture picture_;
  bool showing_ = false;
  std::chrono::seconds clock_ahead_{};
  std::uint64_t frames_ = 0;
};

class SimViewer {
 public:
  /// `clock_ahead`: its wall clock, of the network's.
  SimViewer(Network& network, const Ticket& ticket, std::uint64_t seed, int number,
            std::chrono::seconds clock_ahead = {}, bool more_paths = false);

  void drain();
  void close(const std::string& reason) {
    tunnel_->close(reason, network_.now());
    network_.touch(node_);
  }
  tunnel::ViewerTunnel& tunnel() { return *tunnel_; }
  [[nodiscard]] Network::NodeId node() const { return node_; }
  [[nodiscard]] const SocketAddress& address() const { return address_; }

  /// What a player would have got.
  struct Got {
    std::uint64_t group = 0;
    std::size_t index = 0;
    bool after_gap = false;
    Duration lag{};
    Instant at;
    std::size_t bytes = 0;
  };
  std::vector<Got> frames;
  std::size_t damaged = 0;                  ///< frames whose bytes are not the host's
  std::vector<tunnel::ViewerEvent> events;  ///< all but media
  template <class T>
  [[nodiscard]] std::size_t count() const {
    return count_of<T>(events);
  }
  template <class T>
  [[nodiscard]] const T* last() const {
    return last_of<T>(events);
  }
  [[nodiscard]] Duration lag_at(double fraction, std::size_t from_frame = 0) const;
  /// What is wrong with the order of the frames: "" when each group is a start and a run, and gaps are
  /// marked.
  [[nodiscard]] std::string order_error() const;
  [[nodiscard]] std::uint64_t skipped_groups() const { return reader_.skipped_groups(); }

 private:
  Network& network_;
  SocketAddress address_;
  std::unique_ptr<tunnel::ViewerTunnel> tunnel_;
  playback::GroupReassembler reader_;
  Network::NodeId node_;
};

/// A host and its viewers on one network.
class Call {
 public:
  explicit Call(std::uint64_t seed, std::size_t max_viewers = 2, std::optional<UnixTime> expires_at = {});
  SimViewer& join() { return join(host.ticket()); }
  SimViewer& join(const Ticket& ticket, std::chrono::seconds clock_ahead = {}, bool more_paths = false);
  /// Until each viewer has frames.
  bool until_all_see(Duration at_most = 10s);

  std::uint64_t seed;
  Network network;
  SimHost host;
  std::deque<SimViewer> viewers;
};

}  // namespace pixelpass::sim
