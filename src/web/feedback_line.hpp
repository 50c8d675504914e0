#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/transport_feedback.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pixelpass::web {

/// What a browser's transport-wide feedback says of its line: about the packets of all streams, several times
/// as often as its reports, and with the time at which each has come. From that time, less the lowest one, a
/// queue on the way is known, whatever the two clocks show. Sans-IO.
class FeedbackLine {
 public:
  /// The most packets that are followed; of older ones it is not known what has become of them.
  static constexpr std::size_t kMostFollowed = 16'384;
  /// A missing packet is lost once one has come that was sent so much later: until then it may have been
  /// overtaken.
  static constexpr Duration kOvertaken = 60ms;
  /// How long the lowest time on the way is remembered, and up to twice as long: clocks run apart by some
  /// 5 ms in two minutes.
  static constexpr Duration kRemembered = 1min;

  /// The number that the next packet goes with.
  [[nodiscard]] std::uint16_t next_sequence() const { return static_cast<std::uint16_t>(next_); }
  /// The packet with that number was sent.
  void on_sent(std::size_t bytes, Instant now);
  void on_feedback(const TransportFeedback& feedback, Instant now);
  /// Packets take another way from now on: what was learnt of round trips is none of its.
  void forget_way();

  /// Whether anything was heard: who takes numbers need not answer.
  [[nodiscard]] bool is_heard() const { return heard_at().has_value(); }
  [[nodiscard]] std::optional<Instant> heard_at() const { return line_.reported_at; }
  [[nodiscard]] std::uint64_t in_flight_bytes() const { return line_.in_flight_bytes; }
  [[nodiscard]] tunnel::LineStatus status(std::size_t waiting_bytes, bool has_audio) const;

 private:
  enum class Fate : std::uint8_t { kUntold, kMissing, kArrived };
  struct Sent {
    Instant at;
    std::size_t bytes = 0;
    Fate fate = Fate::kUntold;
  };

  [[nodiscard]] std::uint64_t first() const { return next_ - sent_.size(); }
  [[nodiscard]] Sent* find(std::uint64_t index);
  void note_arrivals(const TransportFeedback& feedback, std::uint64_t base, Instant now);
  void note_missing(std::uint64_t base, std::uint64_t end);
  void measure(Instant sent_at, Duration arrived_at, Instant now);
  void note_way(Duration way, Instant now);
  [[nodiscard]] Duration shortest_way() const;
  Duration without_wrap(Duration at);
  void settle_overtaken();
  void settle_first();

  tunnel::LineStatus line_{};
  std::uint64_t next_ = 0;    ///< packet's number, without wraps
  std::deque<Sent> sent_;     ///< not settled, or behind such a one; the oldest first
  std::uint64_t told_ = 0;    ///< the first packet that no feedback has spoken of
  Instant newest_come_{};     ///< when the newest packet that has come was sent
  Duration browser_clock_{};  ///< at the last arrival, without wraps
  // The lowest times on the way, which contain the distance of both clocks: of this minute, and the last.
  std::optional<Duration> shortest_;
  std::optional<Duration> shortest_before_;
  Instant shortest_since_{};
};

}  // namespace pixelpass::web
