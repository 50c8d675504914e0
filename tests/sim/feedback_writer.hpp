#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace pixelpass::sim {

/// Writes down when numbered packets come, and tells of it as browsers do: of each packet once, and of those
/// that had been missing once they come
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
class FeedbackWriter {
 public:
  /// A browser's clock begins when it likes.
  static constexpr Duration kAhead = 1234s;

  void on_packet(std::uint16_t sequence, Instant now);
  [[nodiscard]] bool has_news() const { return !come_.empty(); }
  /// About everything from what was told last, or from what has come late, up to the newest packet.
  Bytes take();

 private:
  std::map<std::uint64_t, Instant> come_;  ///< since it was told last
  std::optional<std::uint64_t> newest_;
  std::uint64_t next_ = 0;  ///< that was not told yet
  std::uint8_t count_ = 0;
};

}  // namespace pixelpass::sim
