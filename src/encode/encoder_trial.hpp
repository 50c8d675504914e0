#pragma once

#include "encode/h264_encoder.hpp"
#include "encode/placement.hpp"

#include <atomic>

namespace pixelpass::encode {

/// An encoder that is tried with one dark picture, which nobody gets, while another one encodes.
/// Thread: as H264Encoder's.
class EncoderTrial {
 public:
  enum class State : std::uint8_t { kRuns, kWorks, kFailed };

  /// Throws StartupError as H264Encoder does, and when there is no picture for it. `settings.size`:
  /// `placed.whole`; upright.
  EncoderTrial(const H264Encoder::Settings& settings, const Placement& placed, Instant epoch,
               GMainContext* context);

  /// An encoder that gives no picture for a while has failed.
  [[nodiscard]] State state(Instant now) const;

 private:
  const Instant began_ = Clock::now();
  std::atomic<bool> works_ = false;
  bool has_failed_ = false;
  H264Encoder encoder_;  ///< last: calls back
};

}  // namespace pixelpass::encode
