#include "pixelpass/mpegts/annex_b.hpp"

#include <cstring>

namespace pixelpass::mpegts {
namespace {

/// A start code is 00 00 01; the 01 is searched for, because memchr is fast and 01 is rare.
constexpr std::size_t kStartCodeZeros = 2;

}  // namespace

bool NalScanner::next(Nal& nal) {
  std::size_t from = at_ + kStartCodeZeros;
  while (from + 1 < stream_.size()) {
    const auto* found =
        static_cast<const std::uint8_t*>(std::memchr(stream_.data() + from, 1, stream_.size() - 1 - from));
    if (found == nullptr) break;
    const auto one = static_cast<std::size_t>(found - stream_.data());
    if (stream_[one - 1] == 0 && stream_[one - 2] == 0) {
      const std::size_t begin = one - kStartCodeZeros;
      nal.begin = begin > at_ && stream_[begin - 1] == 0 ? begin - 1 : begin;
      nal.header = one + 1;
      at_ = nal.header;
      return true;
    }
    from = one + 1;
  }
  at_ = stream_.size();
  return false;
}

ByteView NalScanner::body(ByteView stream, const Nal& nal, std::size_t end) {
  while (end > nal.header && stream[end - 1] == 0) --end;
  return stream.subspan(nal.header, end - nal.header);
}

}  // namespace pixelpass::mpegts
