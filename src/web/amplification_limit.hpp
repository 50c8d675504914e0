#pragma once

#include "pixelpass/media/access_unit.hpp"

#include <cstddef>
#include <functional>
#include <limits>

namespace pixelpass::web {

/// What one kind of media may send in one flush.
class SendAllowance {
 public:
  /// Anything.
  SendAllowance() = default;
  explicit SendAllowance(std::size_t bytes) : left_(bytes) {}

  /// For a datagram of so many bytes. False: there is too little left, and nothing was taken.
  bool take(std::size_t bytes);

 private:
  std::size_t left_ = std::numeric_limits<std::size_t>::max();
};

/// How much media may be sent over a path that is not proven (the anti-amplification limit of RFC 9000
/// section 8.1), by its kinds: pictures go before sound. Sans-IO.
class AmplificationLimit {
 public:
  /// Bytes of datagrams that may be sent now: of pictures, or of sound. Null: any.
  using Room = std::function<std::size_t(AccessUnit::Kind)>;

  /// `room` outlives it, and is asked at each call below.
  explicit AmplificationLimit(const Room& room) : room_(room) {}

  /// The path is proven.
  [[nodiscard]] bool is_lifted() const { return !room_; }
  [[nodiscard]] SendAllowance of_pictures() const;
  /// `has_begun`: a packet has been sent before.
  [[nodiscard]] SendAllowance of_audio(bool has_begun) const;

 private:
  const Room& room_;
};

}  // namespace pixelpass::web
