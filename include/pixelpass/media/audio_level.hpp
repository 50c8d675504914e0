#pragma once

namespace pixelpass {

/// How loud sound is, in decibels of full scale: 0 is the loudest there is (a tone's RMS is 3 dB less than
/// its peak), kSilenceDb and less is told as kSilenceDb.
struct AudioLevel {
  static constexpr double kSilenceDb = -100;

  double rms_db = kSilenceDb;
  double peak_db = kSilenceDb;

  [[nodiscard]] bool is_silent() const { return peak_db <= kSilenceDb; }
  friend bool operator==(const AudioLevel&, const AudioLevel&) = default;
};

}  // namespace pixelpass
