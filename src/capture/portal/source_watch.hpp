#pragma once

#include "pixelpass/base/clock.hpp"

namespace pixelpass::capture {

/// Decides what to do about a picture stream that has to be set up, changes its shape or dies: reconnect, ask
/// the portal for a new session, or give up. A still screen is no reason for anything: whether a stream lives
/// is seen from its state, not from its pictures. Sans-IO: is told what has happened and when, and is polled
/// for what to do.
class SourceWatch {
 public:
  enum class Step : std::uint8_t {
    kNone,
    kConnect,     ///< set the stream up on the session there is, in place of what is there
    kNewSession,  ///< get another session without asking the user, in place of the one there is
    kGiveUp,      ///< the last one: nothing follows but begin()
  };

  /// Pictures are wanted from now on.
  void begin(Instant now);
  /// Pictures are not wanted: nothing is done until begin().
  void pause() { state_ = State::kPaused; }

  /// The stream that kConnect asked for has a format, and runs.
  void on_streaming(Instant now);
  /// The stream has stopped or has never come up.
  void on_stopped(Instant now);
  /// The stream works, but has to be set up anew because its pictures have another shape.
  void on_reshaped(Instant now);
  /// The session has been closed, and why is known: kNewSession is next, then the rest of the plan.
  void on_session_lost(Instant now);
  /// The outcome of kNewSession.
  void on_session(bool there, Instant now);

  /// We were held up for so long, and what was asked for may have come: nobody has taken it yet.
  void on_held_up(Duration lasted);

  /// Call it after each of the above, and every now and then: attempts have a limit in time.
  Step poll(Instant now);
  /// Whether the stream has recovered from more than a change of shape; true only once.
  bool take_recovered();

 private:
  enum class State : std::uint8_t { kPaused, kWaiting, kConnecting, kRenewing, kStreaming, kOver };

  void schedule(Instant now);
  [[nodiscard]] Instant next_attempt(Instant now) const;
  Step take_next(Instant now);
  Step connect(Instant now);

  State state_ = State::kPaused;
  Instant at_;               ///< kWaiting: until; kConnecting, kRenewing: given up; kStreaming: since
  Instant connected_at_;     ///< the last kConnect
  Instant failing_since_;    ///< there is no stream, or another shape of it is looked for
  std::size_t attempt_ = 0;  ///< into the plan: the next one
  bool by_plan_ = true;      ///< kWaiting: for the plan's next attempt, not for a connection as such
  bool lost_ = false;        ///< and not back yet
  bool recovered_ = false;
};

}  // namespace pixelpass::capture
