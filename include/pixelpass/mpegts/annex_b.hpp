#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass::mpegts {

/// NAL unit types of H.264 (ITU-T H.264 table 7-1) that decide where a stream can be entered.
namespace h264 {
inline constexpr std::uint8_t kFirstSlice = 1;
inline constexpr std::uint8_t kIdrSlice = 5;
inline constexpr std::uint8_t kSei = 6;
inline constexpr std::uint8_t kSps = 7;
inline constexpr std::uint8_t kPps = 8;
inline constexpr std::uint8_t kAccessUnitDelimiter = 9;

constexpr std::uint8_t nal_type(std::uint8_t first_byte) {
  return first_byte & 0x1F;
}
constexpr bool is_slice(std::uint8_t type) {
  return type >= kFirstSlice && type <= kIdrSlice;
}
}  // namespace h264

/// The same for H.265 (ITU-T H.265 table 7-1).
namespace h265 {
inline constexpr std::uint8_t kFirstRandomAccess = 16;  ///< BLA, IDR and CRA pictures: 16 to 21
inline constexpr std::uint8_t kLastRandomAccess = 21;
inline constexpr std::uint8_t kLastSlice = 31;
inline constexpr std::uint8_t kVps = 32;
inline constexpr std::uint8_t kSps = 33;
inline constexpr std::uint8_t kPps = 34;
inline constexpr std::uint8_t kAccessUnitDelimiter = 35;
inline constexpr std::uint8_t kPrefixSei = 39;

constexpr std::uint8_t nal_type(std::uint8_t first_byte) {
  return (first_byte >> 1) & 0x3F;
}
}  // namespace h265

/// Walks over the NAL units of a byte stream (H.264 annex B). Sans-IO; touches nothing outside of `stream`.
class NalScanner {
 public:
  struct Nal {
    std::size_t begin = 0;   ///< offset of the start code, a leading zero byte included
    std::size_t header = 0;  ///< offset of the first byte after the start code
  };

  explicit NalScanner(ByteView stream) : stream_(stream) {}

  /// The next unit that has at least its first byte; false when there is none.
  bool next(Nal& nal);
  /// The unit's payload, up to the next start code; the zero bytes before that belong to neither.
  [[nodiscard]] static ByteView body(ByteView stream, const Nal& nal, std::size_t end);

 private:
  ByteView stream_;
  std::size_t at_ = 0;
};

}  // namespace pixelpass::mpegts
