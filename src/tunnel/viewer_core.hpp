#pragma once

#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "tunnel/clock_offset.hpp"
#include "tunnel/dialer.hpp"
#include "tunnel/link_watch.hpp"
#include "tunnel/path_keeper.hpp"
#include "tunnel/viewer_links.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace pixelpass::tunnel {

/// The viewer's tunnel, kept out of its header: the dialer and the path keeper decide, the links carry it
/// out, the watch judges the active link. `viewer_search.cpp` finds and loses the host, `viewer_paths.cpp`
/// moves media among the paths to it, `viewer_tunnel.cpp` has the messages and the public calls. Sans-IO.
/// Thread: network.
class ViewerTunnel::Core final : public ViewerLink::Listener {
 public:
  Core(ViewerSettings settings, SocketAddress local, Random random, Instant now, WallClock wall_clock);

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  bool flush(net::DatagramSink& sink, Instant now);
  void search_for(Duration whole) { dialer_.search_for(whole); }
  void send(const wire::ControlMessage& message);
  void abandon(std::uint64_t group);
  void add_path(const net::Path& added);
  void remove_path(const net::Path& removed);
  void close(const std::string& reason, Instant now);
  std::optional<ViewerEvent> poll_event();
  [[nodiscard]] PathStats stats() const;
  [[nodiscard]] const std::vector<net::Path>& paths() const { return paths_; }

  [[nodiscard]] Instant now() const override { return now_; }
  void on_handshake(ViewerLink& link) override;
  void on_media_bytes() override { watch_.on_media_bytes(); }
  void on_message(ViewerLink& link, const wire::ControlMessage& message) override;
  void on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) override;
  void on_group_ended(ViewerLink& link, std::uint64_t group, bool complete) override;
  void on_link_closed(ViewerLink& link, const CloseInfo& info) override;

 private:
  /// kSearching: dialling, for the first time or again; an old connection may still exist and come back.
  enum class State : std::uint8_t { kSearching, kConnected, kEnded };

  void on_pong(ViewerLink& link, const wire::Pong& pong);
  void begin_search(std::string reason);
  /// Carries out the steps of dialer and path keeper that are due. Never from within a connection's callback.
  void take_steps();
  void carry_out(const Dialer::Step& step);
  void carry_out(const PathKeeper::Step& step);
  [[nodiscard]] Duration round_trip() const;
  void on_media_moved(ViewerLink& link, std::uint64_t group);
  void on_carried(ViewerLink& link, std::uint64_t group);
  void on_active_lost(std::string reason);
  bool fall_back(const std::string& reason);
  [[nodiscard]] ViewerLink* active() const {
    return dialer_.active() ? links_.find(*dialer_.active()) : nullptr;
  }
  void on_connected(ViewerLink& link);
  void watch_over(ViewerLink& link, bool spare_old);
  void follow(ViewerLink& link, bool spare_old);
  void begin_watch(const ViewerLink& link);
  std::optional<ViewerEvent> final_event(const CloseInfo& info, bool is_needed) const;
  void on_link_lost(Dialer::State had_come, bool was_active, const CloseInfo& info);
  void on_welcome(ViewerLink& link, const wire::Welcome& welcome);
  void on_refused(ViewerLink& link, const wire::Refused& refused);
  void on_host_time(const std::optional<UnixTime>& host_time);
  void give_up();
  void finish(ViewerEvent last);
  void tell_of_attempt();

  ViewerSettings settings_;
  std::vector<net::Path> paths_;  ///< all there are, the ticket's first
  Instant now_;
  WallClock wall_clock_;

  State state_ = State::kSearching;
  std::string host_name_;
  std::optional<std::chrono::seconds> clock_ahead_;  ///< of the host's, as last told
  bool wrong_host_ = false;
  LinkWatch watch_;
  ClockOffset offset_;
  std::int64_t bytes_received_ = 0;
  std::deque<ViewerEvent> events_;
  std::optional<std::uint64_t> last_group_;  ///< the newest that has come
  int attempt_told_ = 1;
  LinkIds ids_;
  Dialer dialer_;
  PathKeeper keeper_;
  net::Path media_path_;                   ///< of the active link, or of the last one
  std::optional<std::uint64_t> boundary_;  ///< the group from which on the active link carries the media
  /// A request for media over the spare: until when it is waited for, and why.
  struct FallBack {
    Instant until;
    std::string reason;
  };
  std::optional<FallBack> fall_back_;
  ViewerLinks links_;  // last: its connections call back into the rest while they die
};

}  // namespace pixelpass::tunnel
