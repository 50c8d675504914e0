#pragma once

#include "pixelpass/base/percentiles.hpp"
#include "pixelpass/net/udp_driver.hpp"
#include "pixelpass/playback/group_reassembler.hpp"
#include "pixelpass/playback/http_endpoint.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "../../places.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::bench {

/// The product's host without its encoder: a socket, the tunnel, the broadcast.
class Host {
 public:
  Host(boost::asio::io_context& io, std::size_t max_viewers, Broadcast::Limits limits = {});
  ~Host() { driver_.stop(); }

  [[nodiscard]] Ticket ticket() const;
  void push(Frame frame);
  /// Says bye to all viewers.
  void leave();
  std::function<void(const tunnel::TransportEvent&)> on_event;
  Broadcast broadcast;

 private:
  net::UdpDriver driver_;
  tunnel::Identity identity_;
  Places places_;
  tunnel::HostTunnel tunnel_;
};

/// The product's viewer without its player: a socket, the tunnel, the group reader, the local endpoint.
class Viewer {
 public:
  Viewer(boost::asio::io_context& io, const Ticket& ticket, std::chrono::milliseconds latency,
         bool with_endpoint);
  ~Viewer();

  [[nodiscard]] std::string url() const { return endpoint_->url(); }
  std::function<void(const Frame&)> on_frame;
  std::function<void(const tunnel::ViewerEvent&)> on_event;
  void leave();

 private:
  void on_turn(Instant now);

  net::UdpDriver driver_;
  tunnel::ViewerTunnel tunnel_;
  playback::GroupReassembler reader_;
  Broadcast broadcast_;
  std::optional<playback::HttpEndpoint> endpoint_;
};

/// A frame that tells when it was made and how long it is; the rest is filler.
struct Stamp {
  std::uint64_t magic = 0x70697865'6c706173;
  std::int64_t made_at = 0;  ///< nanoseconds of the shared clock
  std::uint64_t bytes = 0;
};
Frame stamped_frame(std::size_t bytes, bool keyframe);

/// Runs `child` in a process of its own; what it returns comes through a pipe.
class Child {
 public:
  using Report = std::vector<double>;
  explicit Child(const std::function<Report()>& child);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Blocks until the child has reported; throws if it died.
  Report wait();

 private:
  int pipe_ = -1;
  int pid_ = -1;
};

[[nodiscard]] double cpu_seconds();

}  // namespace pixelpass::bench
