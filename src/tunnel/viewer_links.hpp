#pragma once

#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "tunnel/connection_set.hpp"
#include "tunnel/dialer.hpp"
#include "tunnel/viewer_link.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::tunnel {

/// All connections of a viewer to its host. Carries out what the dialer decides. Sans-IO. Thread: network.
class ViewerLinks {
 public:
  /// `listener` hears of what happens on the connections, also while they are destroyed; it and `settings`
  /// outlive this.
  ViewerLinks(ViewerLink::Listener& listener, const ViewerSettings& settings, SocketAddress local,
              Random random, WallClock wall_clock);

  void dial(LinkId id, const net::Path& path, Instant now);
  /// `resume_after`: the newest group that has come.
  void say_hello(ViewerLink& link, std::optional<std::uint64_t> resume_after, Instant now);
  /// Says hello on a link beside the one that carries the media. `move`: and asks for the media.
  void stand_by(ViewerLink& link, bool move);
  void close(ViewerLink& link, CloseCode code, const std::string& reason, Instant now);
  void close_all(const std::string& reason, Instant now);
  /// Forgets a link that has closed.
  void forget(const ViewerLink& link) { std::erase(links_, &link); }

  [[nodiscard]] ViewerLink* find(LinkId id) const;
  [[nodiscard]] const std::vector<ViewerLink*>& all() const { return links_; }
  /// Marks a link that has something to send.
  void touch(const ViewerLink& link) { set_.touch(link.connection()); }

  /// The path with the local address at which its datagrams arrive. The kernel chooses a source address, so
  /// that a viewer may change networks without noticing; a relay's address is its own.
  [[nodiscard]] net::Path as_ours(const net::Path& path) const;
  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);
  void on_timeout(Instant now) { set_.on_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const { return set_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) { return set_.flush(sink, now); }

 private:
  [[nodiscard]] wire::Hello hello() const;

  ViewerLink::Listener& listener_;
  const ViewerSettings& settings_;
  SocketAddress local_;
  Random random_;
  WallClock wall_clock_;
  TlsContext tls_;
  KnockKey knock_;
  wire::SessionId session_{};
  std::vector<ViewerLink*> links_;  // owned by their connections
  ConnectionSet set_;               // last: its connections call back into the rest while they die
};

}  // namespace pixelpass::tunnel
