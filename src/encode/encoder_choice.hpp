#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::encode {

/// Which of a screen's encoders encodes: the first that works, as far as that is known. One that has failed
/// is tried again when the size changes, a few times, and after a pause that grows with each failure.
/// Sans-IO. Thread: its owner's.
class EncoderChoice {
 public:
  /// An encoder that has failed so often in a row is not tried again for another size alone.
  static constexpr int kMostFailures = 3;
  /// One that has worked for so long since it was chosen starts with a clean sheet.
  static constexpr Duration kProvenAfter = std::chrono::minutes(1);

  struct Failure {
    bool has_next = false;  ///< another one is chosen
    bool is_news = false;   ///< the first at this size, or since it has last worked for kProvenAfter
  };

  /// `count`: at least one, the better first. `pause`: until one that has failed is tried again.
  EncoderChoice(std::size_t count, const Backoff& pause);

  [[nodiscard]] std::size_t current() const { return current_; }
  /// The current one has failed: the next worth trying takes its place. Without one it stays the current one.
  /// `at_any_size`: it hangs, say, and would again at another size: it takes no other's place until it has
  /// worked beside one, unless there is no other.
  Failure on_failed(Instant now, bool at_any_size);
  /// The size has changed, or the screen: one that is better becomes the current one where it is worth
  /// trying.
  void choose_again(Instant now);

  /// The best of the better ones whose pause is over.
  [[nodiscard]] std::optional<std::size_t> due(Instant now) const;
  /// It was tried beside the current one.
  void on_tried(std::size_t candidate, Instant now, bool works);

 private:
  struct Candidate {
    int failures = 0;
    bool is_told = false;
    bool fails_at_any_size = false;  ///< as it last did
    Backoff pause;
    Instant retry_at{};
  };
  static bool is_worth_trying(const Candidate& candidate, Instant now);
  [[nodiscard]] std::vector<Candidate>::const_iterator next(Instant now) const;
  void choose(std::size_t candidate, Instant now);

  const Backoff pause_;
  std::vector<Candidate> candidates_;
  std::size_t current_ = 0;
  std::optional<Instant> since_;  ///< the current one is it; nullopt: from the start on
};

}  // namespace pixelpass::encode
