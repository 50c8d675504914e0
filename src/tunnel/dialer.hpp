#pragma once

#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "tunnel/connection_set.hpp"
#include "tunnel/viewer_link.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::tunnel {

/// Looks for the host: dials all of its addresses, greets one after the other of the connections that answer,
/// and dials again until one was let in. Owns all connections to the host, also that one. Sans-IO.
/// Thread: network.
class Dialer {
 public:
  /// `core` hears of what happens on the connections, also while they are destroyed; it and `settings`
  /// outlive the dialer.
  Dialer(ViewerLink::Core& core, const ViewerSettings& settings, SocketAddress local, Random random,
         Instant now, WallClock wall_clock);

  /// A search begins anew; the first one does with the dialer.
  void search(Instant now);
  [[nodiscard]] Instant began() const { return began_; }
  /// When to give the search up.
  [[nodiscard]] Instant deadline() const;
  /// While searching: greets and dials what is due. Returns the number of an attempt that people are to be
  /// told of.
  std::optional<int> continue_search(Instant now);
  [[nodiscard]] Instant next_search_step(Instant now) const;
  /// While searching, after a handshake.
  void on_handshake(ViewerLink& link, Instant now);
  /// A host had no room for one more newcomer: it is dialled again soon.
  void wait_for_room(Instant now);
  /// A host that was greeted let us go without an answer: it is there. It is dialled again soon, beside what
  /// other connections there are.
  void dial_again(Instant now);
  /// There is no connection, and none will be dialled before the deadline.
  [[nodiscard]] bool is_at_end() const { return links_.empty() && next_dial_ >= deadline(); }
  /// This link was let in, or is back: the search is over, and links but `spared` are closed.
  void settle(ViewerLink& link, const ViewerLink* spared, Instant now);
  /// The link has closed. Returns whether it was the active one.
  bool forget(const ViewerLink& link);

  /// The one that was greeted last and has not answered yet, or null.
  [[nodiscard]] const ViewerLink* greeted() const { return greeted_; }
  /// The one that was let in last, or null.
  [[nodiscard]] ViewerLink* active() const { return active_; }
  /// Whether one was, ever.
  [[nodiscard]] bool settled_once() const { return last_good_.has_value(); }
  [[nodiscard]] const std::vector<ViewerLink*>& links() const { return links_; }
  [[nodiscard]] std::vector<SocketAddress> addresses() const;
  /// What greetings say from now on: the newest group that has come.
  void resume_after(std::uint64_t group) { last_group_ = group; }
  [[nodiscard]] std::optional<std::uint64_t> last_group() const { return last_group_; }

  void on_datagram(const SocketAddress& remote, ByteView bytes, net::Ecn ecn, Instant now);
  void close(ViewerLink& link, CloseCode code, const std::string& reason, Instant now);
  /// And dials no more.
  void close_all(const std::string& reason, Instant now);
  ConnectionSet& connections() { return set_; }
  [[nodiscard]] const ConnectionSet& connections() const { return set_; }

 private:
  void dial_all(Instant now);
  void dial(const SocketAddress& remote, Instant now);
  void redial(Instant now);
  void close_unanswered(Instant now);
  void greet(ViewerLink& link, Instant now);
  [[nodiscard]] ViewerLink* waiting_for_greeting() const;
  void greet_another(Instant now);

  ViewerLink::Core& core_;
  const ViewerSettings& settings_;
  SocketAddress local_;
  Random random_;
  WallClock wall_clock_;
  TlsContext tls_;
  KnockKey knock_;
  wire::SessionId session_{};

  Instant began_;
  Instant next_dial_;
  Instant dialed_at_;     ///< all addresses, last
  Instant next_attempt_;  ///< that people are told of
  int attempt_ = 0;
  std::vector<ViewerLink*> links_;  // owned by their connections
  ViewerLink* active_ = nullptr;
  ViewerLink* greeted_ = nullptr;  ///< the last one that was, and has not answered yet
  Instant greeted_at_;
  std::optional<SocketAddress> last_good_;
  std::optional<std::uint64_t> last_group_;
  ConnectionSet set_;  // last: its connections call back into the rest while they die
};

}  // namespace pixelpass::tunnel
