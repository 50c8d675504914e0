#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <vector>

namespace netlab {

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
/// An Ethernet frame, from its header on.
using Frame = std::vector<std::uint8_t>;

/// What a line does to what is sent over it.
struct Terms {
  Duration delay{};
  /// At most so much more or less than `delay`; what was sent first still arrives first.
  Duration jitter{};
  /// A share, 0 to 1, in runs of `burst` frames on average.
  double loss = 0;
  double burst = 1;
  double bits_per_second = 0;  ///< 0: no limit
  /// How long a frame may wait for those before it, at that rate. One that would have to wait longer is
  /// dropped.
  Duration queue = std::chrono::milliseconds{200};
  double reorder = 0;    ///< The share that overtakes: it is not delayed.
  double duplicate = 0;  ///< The share that comes twice.
  /// Bytes of an IP packet; a larger one is dropped without a word. 0: no limit
  std::size_t largest = 0;
  bool black_hole = false;
};

struct Counters {
  std::uint64_t in = 0, out = 0, lost = 0, overflowed = 0, too_large = 0;
};

/// One direction of a line. Sans-IO: it is told the time.
class LinkDirection {
 public:
  explicit LinkDirection(std::uint64_t seed);

  /// For frames from now on.
  Terms& terms() { return terms_; }
  const Counters& counters() const { return counters_; }

  void push(Frame frame, Instant now);
  /// The next frame that has arrived by `now`.
  std::optional<Frame> pop(Instant now);
  /// When the next frame arrives.
  std::optional<Instant> next_arrival() const;

 private:
  struct Travelling {
    Instant due;
    std::uint64_t number;
    Frame frame;
  };
  struct Later {
    bool operator()(const Travelling& a, const Travelling& b) const;
  };

  double share();
  bool is_lost();
  void send(Frame frame, Instant now);
  /// When the line has taken a frame of this size, or nothing: its queue is full.
  std::optional<Instant> serialised(std::size_t bytes, Instant now);
  Duration random_jitter();

  Terms terms_;
  Counters counters_;
  std::mt19937_64 random_;
  std::priority_queue<Travelling, std::vector<Travelling>, Later> travelling_;
  std::uint64_t number_ = 0;
  Instant free_{};
  Instant last_due_{};
  bool in_burst_ = false;
};

}  // namespace netlab
