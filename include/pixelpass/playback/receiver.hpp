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

/// The viewer's end of the stream: takes frames from the tunnel, and gives whole groups, in order and with
/// MPEG-TS of known tracks only, to all outputs. Counts for the statistics. Sans-IO. Thread: network. Owns:
/// the broadcast that outputs read.
class Receiver {
 public:
  /// Figures of the pictures that went out since the last take_received().
  struct Received {
    std::size_t pictures = 0;
    Duration lag_p50{}, lag_p95{};  ///< capture to deliver()
  };
  struct Lag {
    Duration p50{}, p95{};
  };

  /// `latency`: as GroupReassembler has it.
  explicit Receiver(Duration latency) : groups_(latency) {}

  /// Pictures captured before this are the backlog of a join (a player begins with a whole group): they count
  /// as pictures, but not for the lag.
  void on_connected(Instant now) { connected_at_ = now; }
  /// As GroupReassembler's. Nothing goes out before deliver().
  void on_frame(std::uint64_t group, std::size_t index, Frame frame, Instant now);
  void on_group_ended(std::uint64_t group, bool complete, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return groups_.next_timeout(); }

  /// Puts ready frames into the broadcast, and tells each output of each frame.
  void deliver(Instant now);
  /// Adds an output, from the next frame on; outputs are called in this order. It has to be removed before it
  /// is destroyed, but never inside its on_broadcast().
  void add(Output& output) { outputs_.push_back(&output); }
  void remove(const Output& output) { std::erase(outputs_, &output); }
  /// Whether somebody gets the stream from an output.
  [[nodiscard]] bool in_use() const;

  /// A group whose rest is not wanted any more.
  std::optional<std::uint64_t> poll_abandoned() { return groups_.poll_abandoned(); }
  /// Why something that the host sent is not passed on; each reason once.
  std::optional<mpegts::MediaFilter::Refusal> poll_refusal();
  /// Whether the newest of what the host sent was refused, and nothing has passed since.
  [[nodiscard]] bool is_refusing() const { return filter_.is_refusing() || groups_.is_refusing(); }
  /// The number of frames that have gone out, ever.
  [[nodiscard]] std::uint64_t passed_frames() const { return filter_.counters().frames_passed; }

  [[nodiscard]] const Broadcast& broadcast() const { return broadcast_; }
  /// The clock of what has gone out.
  [[nodiscard]] const mpegts::StreamClock& clock() const { return clock_; }
  /// Whether anything has gone out.
  [[nodiscard]] bool has_begun() const { return begun_; }
  /// Whether a player that begins now would begin with old pictures.
  [[nodiscard]] bool is_stale(Instant now) const;
  /// The number of groups that did not go out completely.
  [[nodiscard]] std::uint64_t skipped_groups() const { return groups_.skipped_groups(); }
  /// The figures since the last call; begins anew.
  Received take_received();
  /// The lag over the whole run; nullopt: nothing with a lag has gone out.
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
