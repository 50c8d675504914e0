#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/path.hpp"

#include "tunnel/link_id.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::tunnel {

/// Looks for the host: decides which path is dialled when, which of the links that answer is asked to let us
/// in, and when one that does not answer gives way to the next. Knows the state of each link, but not what a
/// link is made of: its owner asks what to do, and tells what has happened. Sans-IO. Thread: network.
///
/// One link is asked at a time, since a host moves its viewer to the link whose hello it hears last. Links
/// that were asked and gave way are not closed at once when another is let in: a hello still under way would
/// move the viewer to a link that is gone. If the host has moved the viewer to such a link, the dialer
/// follows, and asks once more over the path that it had chosen.
class Dialer {
 public:
  enum class State : std::uint8_t {
    kDialling,  ///< the handshake goes on
    kReady,     ///< the handshake is done
    kAsked,     ///< hello was said
    kWelcomed,  ///< let in: the active one, or one that was asked before and is answered late
    kEnding,    ///< another one has taken its place; it brings the rest of a group, and the host closes it
  };
  enum class Failure : std::uint8_t {
    kBroken,     ///< this link's alone: its path is dialled again soon
    kBusy,       ///< the host had no room for one more newcomer: dialled again a little later
    kWrongHost,  ///< something else answers there: not dialled again in a first search
  };
  struct Timeouts {
    Duration first;  ///< of the first search
    Duration again;  ///< of a search after a loss
  };
  struct Step {
    enum class Kind : std::uint8_t { kDial, kAsk, kClose };
    Kind kind{};
    LinkId link{};
    net::Path path;  ///< of kDial
  };

  /// Begins the first search. `more_paths`: it lasts until its deadline, even if there is nothing to dial at
  /// present. `ids` outlives this.
  Dialer(const std::vector<net::Path>& paths, Timeouts timeouts, bool more_paths, LinkIds& ids, Instant now);

  /// Adds a path; a known one is treated as new. In a search it is dialled at once, or half a second after
  /// its last dial.
  void add(const net::Path& path, Instant now);
  /// Removes a path: it is not dialled any more. Links over it stay.
  void remove(const net::Path& path);

  /// Begins another search: the active link was lost, or has fallen silent and may come back.
  void search(Instant now);
  /// Sets the length of the first search, counted from its beginning.
  void search_for(Duration whole) { timeouts_.first = whole; }
  /// Stops for good: there will be no more steps.
  void stop();

  /// The next step, which counts as done; to be called until nullopt. A link that is to be closed is
  /// forgotten.
  std::optional<Step> take_step(Instant now);
  /// When take_step is to be called; may be in the past.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  void on_handshake(LinkId link, Duration round_trip, Instant now);
  void on_welcome(LinkId link, Instant now);
  /// A link has ended. Returns the state that it had reached; nullopt when it was forgotten.
  std::optional<State> on_closed(LinkId link, Failure failure, Instant now);
  /// Ends the search: this link is the active one from now on. `spare_old`: the former one still brings
  /// media.
  void settle(LinkId link, bool spare_old, Instant now);

  /// The same when the host has moved the viewer to this link by itself (has_moved_to, replacement).
  void follow(LinkId link, bool spare_old, Instant now);

  /// Makes another link active, one that this did not dial, and forgets the former one.
  void replace_active(LinkId link, const net::Path& path, Instant now);

  [[nodiscard]] Instant began() const { return began_; }
  /// When to give up the search.
  [[nodiscard]] Instant deadline() const {
    return began_ + (settled_once_ ? timeouts_.again : timeouts_.first);
  }
  /// Whether there is no link, and none will be dialled before the deadline.
  [[nodiscard]] bool is_at_end() const;
  /// The number of the attempt in this search, as people are told; 1 is the first.
  [[nodiscard]] int attempt() const { return attempt_; }
  [[nodiscard]] std::optional<LinkId> active() const { return active_; }
  [[nodiscard]] bool is_active(LinkId link) const { return active_ == link; }
  /// Whether a search has succeeded, ever.
  [[nodiscard]] bool settled_once() const { return settled_once_; }
  /// Whether the host uses this link instead of the active one: it has answered a ping there that was sent
  /// after its welcome.
  [[nodiscard]] bool has_moved_to(LinkId link, Instant answered_ping) const;
  /// The link to which the host has moved the viewer, when it says that the active one is replaced.
  [[nodiscard]] std::optional<LinkId> replacement() const;

 private:
  struct Target {
    net::Path path;
    bool is_gone = false;  ///< removed: links still name it
    Instant next_dial;
    Instant dialled_at = Instant::min();  ///< last
    Instant asked_at = Instant::min();    ///< last, in this search
  };
  struct Link {
    LinkId id{};
    std::size_t target = 0;
    State state = State::kDialling;
    Instant since;  ///< of the state
    Instant dialled_at;
    Duration patience{};    ///< for a welcome
    bool gave_way = false;  ///< asked in vain so far: the next one's turn has come
    Instant closes_at = Instant::max();
  };

  std::size_t target_of(const net::Path& path);
  [[nodiscard]] bool is_free(std::size_t target) const;
  [[nodiscard]] const Link* find(LinkId link) const;
  Link* find(LinkId link);
  [[nodiscard]] bool is_waited_for(const Link& link) const {
    return link.state == State::kAsked && !link.gave_way;
  }
  [[nodiscard]] bool is_dialled(std::size_t target) const { return searching_ || target == back_to_; }
  [[nodiscard]] const Link* next_to_ask() const;
  void set_state(Link& link, State state, Instant now);
  void give_way(Instant now);
  void dial_again(Target& target, Instant not_before);
  std::optional<Step> close_due(Instant now);
  std::optional<Step> ask_next(Instant now);
  std::optional<Step> dial_due(Instant now);
  Step dial(std::size_t target, Instant now);
  void close_older(std::size_t target, Instant now);

  Timeouts timeouts_;
  bool more_paths_;
  LinkIds& ids_;
  std::vector<Target> targets_;
  std::vector<Link> links_;
  std::optional<LinkId> active_;
  std::size_t chosen_ = 0;              ///< the active link's target
  std::optional<std::size_t> back_to_;  ///< this target is asked once more
  bool went_back_ = false;              ///< once a search is enough
  Instant began_;
  int attempt_ = 1;
  bool searching_ = true;
  bool settled_once_ = false;
};

}  // namespace pixelpass::tunnel
