#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pixelpass::app {

/// The picture's bitrate that one viewer's line carries, in bits a second as an encoder is told; the overhead
/// of MPEG-TS, sound and QUIC is accounted for here.
///
/// It begins at the cap and stays there until the line shows that it is too slow:
/// - A queue stands (the round trip, and what waits unsent at the rate that goes through): for three looks in
///   a row it was never below kQueue. One picture, one keyframe, one silence of a radio do not stand so long.
/// - Or packets are lost as by nothing but a full queue: one in ten, over a second. Less is the air's doing,
///   and is no reason to send less. Nor is a loss in spite of which all that there is to send comes through
///   in time: QUIC counts packets that others have overtaken as lost too (RFC 9002, 6.1.1).
/// Then what goes through is what the line carries. Less than that is sent, by as much as empties the queue
/// within kDrainTime, and then a little less than it carries. From there it climbs by small steps up to the
/// rate that was too much, which is tried again after a time that grows while it still is.
/// A queue that does not go although less is sent than goes through is another's (a download beside us, a
/// machine that is slow to run us): yielding to it would only give it our place. It is borne with up to
/// kMostBorne, until it has gone for a while.
/// Of a line whose other side only reports now and then (a browser: every 50 to 250 ms where it tells of each
/// packet, else every 0.25 to 1.5 s) each report is one look, and says what the time since the last one was
/// like: a queue stands where two in a row found it, or one found more than a keyframe leaves. Sans-IO.
/// Thread: network.
class LineRate {
 public:
  static constexpr std::int64_t kFloor = 300'000;  ///< bits a second
  /// How often update() has to be called. It is no multiple of a picture's time, or looks would always fall
  /// at the same point between two pictures. Looks further apart than kMissed say nothing: our own process
  /// was held up.
  static constexpr Duration kInterval = 90ms;
  static constexpr Duration kMissed = 250ms;
  /// Reports further apart than this say nothing either: some were lost, or nobody is there.
  static constexpr Duration kMissedReport = 3500ms;
  /// The queue that is tolerated at the cap's rate; near zero it is kQueueOfSlow: whoever has more of a line
  /// yields first.
  static constexpr Duration kQueue = 50ms;
  static constexpr Duration kQueueOfSlow = 80ms;
  static constexpr Duration kMostBorne = 350ms;
  static constexpr Duration kDrainTime = 1s;

  /// `cap`: bits a second; no less than the floor, or the rate is always the cap.
  LineRate(std::int64_t cap, Instant now) : cap_(cap), rate_(static_cast<double>(cap)), began_(now) {}

  /// `sent`: the bitrate that the encoder was told; above rate() where others' lines carry more.
  void update(const tunnel::LineStatus& line, std::int64_t sent, Instant now);
  [[nodiscard]] std::int64_t rate() const { return static_cast<std::int64_t>(rate_); }
  [[nodiscard]] bool is_limited() const { return rate() < cap_; }
  void set_cap(std::int64_t cap);

 private:
  struct Look {
    Instant at;
    std::uint64_t acknowledged_bytes = 0;
    std::uint64_t sent_packets = 0;
    std::uint64_t lost_packets = 0;
    std::int64_t sent = 0;  ///< bits a second
    Duration queue{};
    bool is_delivered = false;  ///< all of the media, but for what is on its way
  };

  [[nodiscard]] bool is_silent(const tunnel::LineStatus& line) const;
  [[nodiscard]] bool is_old(const tunnel::LineStatus& line) const;
  void forget_what_was_missed(const tunnel::LineStatus& line, Instant now);
  void look(const tunnel::LineStatus& line, std::int64_t sent, Instant now);
  [[nodiscard]] Duration queue_of(const tunnel::LineStatus& line) const;
  [[nodiscard]] std::size_t recent() const;
  [[nodiscard]] Duration apart() const;
  [[nodiscard]] double delivered() const;
  [[nodiscard]] std::optional<Duration> standing_queue() const;
  [[nodiscard]] double loss() const;
  [[nodiscard]] bool is_delivered(const tunnel::LineStatus& line) const;
  void on_overload(double carried, Instant now);
  void yield_a_little(double through, Instant now);
  [[nodiscard]] double draining_rate() const;
  [[nodiscard]] Duration time_to_drain() const;
  [[nodiscard]] bool was_full_since_last() const;
  void drain(Instant now);
  [[nodiscard]] Duration bearable_queue() const;
  void climb(Instant now);
  void settle(Instant now);
  /// The rate to use on a line that carried so much when it was full.
  [[nodiscard]] double steady() const;
  void set_rate(double rate);

  std::int64_t cap_;
  double rate_;
  Instant began_;
  std::deque<Look> looks_;    ///< of the last second, the newest last
  bool is_reported_ = false;  ///< now and then
  double audio_ = 0;          ///< bits a second, of those that are acknowledged
  bool draining_ = false;
  double carried_ = 0;    ///< bits a second, when it was full; 0: never
  bool is_full_ = false;  ///< carried_ is not to be tried yet
  Instant full_since_{};
  Instant draining_since_{};
  Duration drain_time_{};  ///< after which a queue that still stands is another's
  Instant answered_at_{};  ///< what was lost before is no more reason
  Instant stepped_at_{};
  Duration patience_ = 4s;
  bool is_shared_ = false;              ///< the queue is another's too
  double carried_at_first_ = 0;         ///< carried_, before others took of it
  std::optional<Instant> short_since_;  ///< the queue was below kQueue
  double peak_ = 0;                     ///< of what went through lately
};

}  // namespace pixelpass::app
