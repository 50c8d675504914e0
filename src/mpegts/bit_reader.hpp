#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace pixelpass::mpegts {

/// Bits of a NAL unit's payload (H.264 section 7.3.1), emulation prevention bytes left out. Past the end
/// there are zeros, and ok() is false.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    for (; count > 0; --count) value = value << 1 | bit();
    return value;
  }
  void skip(int count) {
    for (; count > 0; --count) bit();
  }
  /// ue(v) of section 9.1, at most 16 bits of it.
  std::uint32_t exp_golomb() {
    int zeros = 0;
    while (ok_ && zeros <= kMaxZeros && bit() == 0) ++zeros;
    ok_ = ok_ && zeros <= kMaxZeros;
    return ok_ ? (1U << zeros) - 1 + bits(zeros) : 0;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  static constexpr int kMaxZeros = 16;

  std::uint32_t bit() {
    if (left_ == 0) load();
    if (!ok_) return 0;
    --left_;
    return current_ >> left_ & 1U;
  }
  void load() {
    constexpr std::uint8_t kEmulationPrevention = 3;
    if (zeros_ >= 2 && at_ < bytes_.size() && bytes_[at_] == kEmulationPrevention) {
      ++at_;
      zeros_ = 0;
    }
    ok_ = ok_ && at_ < bytes_.size();
    if (!ok_) return;
    current_ = bytes_[at_++];
    zeros_ = current_ == 0 ? zeros_ + 1 : 0;
    left_ = 8;
  }

  ByteView bytes_;
  std::size_t at_ = 0;
  int zeros_ = 0;
  int left_ = 0;  ///< bits of current_
  std::uint8_t current_ = 0;
  bool ok_ = true;
};

}  // namespace pixelpass::mpegts
