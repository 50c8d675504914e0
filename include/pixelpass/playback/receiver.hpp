#pragma once

#include "pixelpass/base/percentiles.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/mpegts/media_filter.hpp"
#include "pixelpass/mpegts/stream_clock.hpp"
#include "pixelpass/playback/group_reassembler.hpp"
#include "pixelpass/playback/output.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace pixelpass::playback {

/// The viewer's end of the stream: takes frames as the tunnel brings them, and gives whole groups, in order
/// and of nothing but MPEG-TS of known tracks, to all outputs. Counts what statistics say. Sans-IO. Thread:
/// network. Owns: the broadcast that outputs read.
class Receiver {
 public:
  /// Of all pictures that went out since take_received() was called last.
  struct Received {
    std::size_t pictures = 0;
    Duration lag_p50{}, lag_p95{};  ///< capture to deliver()
  };
  struct Lag {
    Duration p50{}, p95{};
  };

  /// `latency`: as GroupReassembler has it.
  explicit Receiver(Duration latency) : groups_(latency) {}

  /// What was captured before this is the backlog at a join (a player begins with a whole group): such
  /// pictures count as pictures, but their age is no lag.
  void on_connected(Instant now) { connected_at_ = now; }
  /// As GroupReassembler has these three. Nothing goes out before deliver().
  void on_frame(std::uint64_t group, std::size_t index, Frame frame, Instant now);
  void on_group_ended(std::uint64_t group, bool complete, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return groups_.next_timeout(); }

  /// Puts what is ready into the broadcast, and tells each output of each frame.
  void deliver(Instant now);
  /// From the next frame on; in the order of the calls. It is to be removed before it goes, never inside its
  /// on_broadcast().
  void add(Output& output) { outputs_.push_back(&output); }
  void remove(const Output& output) { std::erase(outputs_, &output); }
  /// Somebody gets the stream from some output.
  [[nodiscard]] bool in_use() const;

  /// A group whose rest is not wanted any more.
  std::optional<std::uint64_t> poll_abandoned() { return groups_.poll_abandoned(); }
  /// Why something that the host sent is not passed on; each reason once.
  std::optional<mpegts::MediaFilter::Refusal> poll_refusal();
  /// The newest of what the host sent is not passed on, and nothing has been since.
  [[nodiscard]] bool is_refusing() const { return filter_.is_refusing() || groups_.is_refusing(); }
  /// Frames that have gone out, ever.
  [[nodiscard]] std::uint64_t passed_frames() const { return filter_.counters().frames_passed; }

  [[nodiscard]] const Broadcast& broadcast() const { return broadcast_; }
  /// Of what has gone out.
  [[nodiscard]] const mpegts::StreamClock& clock() const { return clock_; }
  /// Something has gone out.
  [[nodiscard]] bool has_begun() const { return begun_; }
  /// A player that begins now would begin with pictures of a while ago.
  [[nodiscard]] bool is_stale(Instant now) const;
  /// Groups that did not go out whole.
  [[nodiscard]] std::uint64_t skipped_groups() const { return groups_.skipped_groups(); }
  /// Begins anew.
  Received take_received();
  /// Nullopt: nothing has gone out that has a lag.
  [[nodiscard]] std::optional<Lag> lag_of_whole_run() const;

 private:
  static constexpr std::size_t kRunSamples = 1 << 14;

  void deliver(Frame frame, Instant now);
  void count(const Frame& frame, Instant now);

  GroupReassembler groups_;
  mpegts::MediaFilter filter_;
  Broadcast broadcast_;
  std::vector<Output*> outputs_;
  mpegts::StreamClock clock_;
  std::optional<Instant> connected_at_;  ///< the last time
  std::set<mpegts::MediaFilter::Refusal> told_;
  std::deque<mpegts::MediaFilter::Refusal> refusals_;  ///< to be polled
  bool begun_ = false;
  std::size_t pictures_ = 0;
  Percentiles lag_;
  Percentiles run_lag_{kRunSamples};
};

}  // namespace pixelpass::playback
