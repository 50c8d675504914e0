#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/path.hpp"

#include "tunnel/link_id.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::tunnel {

/// Looks after the other paths while media comes over one: tries those that would be better, and keeps a
/// relayed link as a spare while media comes directly. A direct path is better than a relayed one. Among
/// equals the one with a clearly shorter round trip is better; that is compared only for paths that were
/// added since, and media moves for it once in ten seconds at most. A path that failed is tried again with
/// growing pauses.
///
/// Knows the state of each link, but not what a link is made of: its owner asks what to do, and tells what
/// has happened. The active link is the dialer's; the links in here are those beside it. Sans-IO. Thread:
/// network.
class PathKeeper {
 public:
  struct Step {
    enum class Kind : std::uint8_t {
      kDial,
      kStandBy,  ///< say hello, as a spare
      kMove,     ///< the same, and ask for the media
      kClose,    ///< forgotten from now on
    };
    Kind kind{};
    LinkId link{};
    net::Path path;  ///< of kDial
  };

  /// `ids` outlives this.
  PathKeeper(const std::vector<net::Path>& paths, LinkIds& ids);

  /// Adds a path; a known one is tried again at once, unless it was tried just now or has died lately.
  void add(const net::Path& path, Instant now);
  void remove(const net::Path& path);

  /// Media comes over this link from now on: the host was found.
  void begin(LinkId active, const net::Path& path, Instant now);
  /// The host is looked for, or left: all links here are to be closed.
  void pause(Instant now);

  /// The next step, which counts as done; to be called until nullopt. May be called each turn: costs nothing
  /// while nothing is due.
  std::optional<Step> take_step(Instant now);
  /// When take_step is to be called; may be in the past.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// `active_round_trip`: of the path in use.
  void on_handshake(LinkId link, Duration round_trip, Duration active_round_trip, Instant now);
  void on_welcome(LinkId link);
  /// Media comes over this link from now on, or from the next group on. The former one is kept as a spare if
  /// it is relayed; otherwise it is closed once the new one has carried something.
  void on_moved(LinkId link, Instant now);
  void on_carried(Instant now);
  /// A link has closed. False: it was not one of those in here.
  bool on_closed(LinkId link, Instant now);
  /// The active link has died. Returns the spare, which is to be asked for the media; nullopt: there is none.
  std::optional<LinkId> fall_back(Instant now);

  [[nodiscard]] bool owns(LinkId link) const { return find(link) != nullptr; }
  [[nodiscard]] bool has_spare() const { return spare() != nullptr; }

 private:
  enum class State : std::uint8_t {
    kDialling,  ///< the handshake goes on
    kReady,     ///< the handshake is done; another one is asked first
    kAsked,     ///< hello was said
    kSpare,     ///< welcomed, and idle
    kLeft,      ///< of no use any more, but to bring the rest of a group
  };
  static constexpr Duration kFirstRetry = 4s;
  static constexpr Duration kLastRetry = 60s;
  struct Target {
    net::Path path;
    Instant next_try;
    Instant tried_at{};                         ///< last
    bool is_fresh = false;                      ///< has not shown yet how it compares with its equals
    Backoff failures{kFirstRetry, kLastRetry};  ///< to be let in over it
    Backoff deaths{kFirstRetry, kLastRetry};    ///< while it carried the media
    Instant died_until{};                       ///< not tried before, whoever adds it
  };
  struct Link {
    LinkId id{};
    net::Path path;
    State state = State::kDialling;
    bool is_to_carry = false;
    Instant deadline = Instant::max();
  };
  struct Active {
    LinkId id{};
    net::Path path;
    Instant since;
    bool is_dead = false;
    bool is_closed = false;
  };

  [[nodiscard]] bool is_better_kind(const net::Path& path) const {
    return active_->path.is_relayed() && !path.is_relayed();
  }
  [[nodiscard]] bool is_equal_kind(const net::Path& path) const {
    return active_->path.is_relayed() == path.is_relayed();
  }
  [[nodiscard]] Instant next_action() const;
  [[nodiscard]] bool may_be_asked(const Link& link) const;
  /// When this target is to be dialled beside the active one; nullopt: it is of no use at present.
  [[nodiscard]] std::optional<Instant> due(const Target& target) const;
  /// When media may move to another path of the same kind.
  [[nodiscard]] Instant equals_from() const;
  std::optional<Step> close_due(Instant now);
  std::optional<Step> ask_next(Instant now);
  std::optional<Step> dial_due(Instant now);
  static void drop(Link& link, Instant now);
  void on_failure(const net::Path& path, Instant now);
  void on_death(Instant now);
  [[nodiscard]] const Link* spare() const;
  [[nodiscard]] const Link* find(LinkId link) const;
  Link* find(LinkId link);
  Target* find(const net::Path& path);

  LinkIds& ids_;
  std::vector<Target> targets_;
  std::vector<Link> links_;
  std::optional<Active> active_;
  std::optional<Instant> moved_at_;             ///< last
  mutable std::optional<Instant> next_action_;  ///< nullopt: to be reckoned anew
};

}  // namespace pixelpass::tunnel
