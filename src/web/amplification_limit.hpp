#pragma once

#include "pixelpass/media/access_unit.hpp"

#include <cstddef>
#include <functional>
#include <limits>

namespace pixelpass::web {

/// How much one kind of media may send in one flush.
class SendAllowance {
 public:
  /// No limit.
  SendAllowance() = default;
  explicit SendAllowance(std::size_t bytes) : left_(bytes) {}

  /// Takes the bytes of a datagram. False: too little is left, and nothing was taken.
  bool take(std::size_t bytes);

 private:
  std::size_t left_ = std::numeric_limits<std::size_t>::max();
};

/// Limits the media sent over a path that is not proven (the anti-amplification limit of RFC 9000 section
/// 8.1), by kind: pictures go before sound. Sans-IO.
class AmplificationLimit {
 public:
  /// The bytes of datagrams that may be sent now, for pictures or for sound. Null: no limit.
  using Room = std::function<std::size_t(AccessUnit::Kind)>;

  /// `room` outlives it, and is asked at each call below.
  explicit AmplificationLimit(const Room& room) : room_(room) {}

  /// Whether the path is proven.
  [[nodiscard]] bool is_lifted() const { return !room_; }
  [[nodiscard]] SendAllowance of_pictures() const;
  /// `has_begun`: a packet has been sent before.
  [[nodiscard]] SendAllowance of_audio(bool has_begun) const;

 private:
  const Room& room_;
};

}  // namespace pixelpass::web
