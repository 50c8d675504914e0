#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>

namespace pixelpass::traversal {

/// When a STUN request is sent again, and when it is given up (RFC 8489 section 6.2.1). The first repetition
/// comes after 250 ms, not 500: a person waits for it, most servers are nearer than that, and one that is
/// further away gets a copy that its transaction id makes harmless. Six copies within 8 s, given up after
/// 9.75 s: a person does not wait for the 39 s of the RFC's example. On a stream the transport repeats.
/// Sans-IO.
class Retransmission {
 public:
  static constexpr Duration kFirst = 250ms;
  static constexpr int kCopies = 6;
  static constexpr Duration kLastWait = 2s;
  static constexpr Duration kGivenUpAfter = kFirst * ((1 << (kCopies - 1)) - 1) + kLastWait;

  Retransmission(bool is_stream, Instant now)
      : given_up_at_(now + kGivenUpAfter), repeat_at_(now + kFirst), left_(is_stream ? 0 : kCopies - 1) {}

  [[nodiscard]] Instant next() const { return left_ > 0 ? std::min(repeat_at_, given_up_at_) : given_up_at_; }
  [[nodiscard]] bool is_given_up(Instant now) const { return now >= given_up_at_; }
  [[nodiscard]] bool was_repeated() const { return was_repeated_; }
  /// Whether a copy is to be sent now.
  bool take_repetition(Instant now) {
    if (left_ == 0 || now < repeat_at_) return false;
    --left_;
    wait_ *= 2;
    repeat_at_ = now + wait_;
    was_repeated_ = true;
    return true;
  }
  void give_up_by(Instant when) { given_up_at_ = std::min(given_up_at_, when); }

 private:
  Instant given_up_at_;
  Instant repeat_at_;
  Duration wait_ = kFirst;
  int left_;
  bool was_repeated_ = false;
};

}  // namespace pixelpass::traversal
