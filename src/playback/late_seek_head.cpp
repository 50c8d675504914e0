#include "playback/late_seek_head.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace pixelpass::playback {
namespace {

constexpr auto kId = std::to_array<std::uint8_t>({0x11, 0x4D, 0x9B, 0x74});
constexpr std::uint8_t kEightBytes = 0x01;  ///< how a size of seven bytes begins
constexpr std::uint8_t kVoidId = 0xEC;
/// A Void element's id is shorter: so much longer is what is in it.
constexpr std::size_t kShorter = kId.size() - 1;
/// It is among the first elements, or there is none.
constexpr std::uint64_t kLatest = 4096;

}  // namespace

std::optional<std::size_t> LateSeekHead::find(ByteView bytes, std::uint64_t at) {
  if (head_ || at > kLatest) return std::nullopt;
  const auto found = std::search(bytes.begin(), bytes.end(), kId.begin(), kId.end());
  const auto begin = static_cast<std::size_t>(found - bytes.begin());
  if (bytes.size() < begin + kSize) return std::nullopt;
  const ByteView head = bytes.subspan(begin, kSize);
  // A size near what its bytes can say would be that of a head which has no end.
  if (head[kId.size()] != kEightBytes || head.back() > 0xFF - kShorter) return std::nullopt;
  head_ = Patch{at + begin, Bytes(head.begin(), head.end())};
  return begin;
}

Bytes LateSeekHead::hidden() const {
  assert(head_);
  Bytes bytes{kVoidId};
  bytes.insert(bytes.end(), head_->bytes.begin() + kId.size(), head_->bytes.end());
  bytes.back() += kShorter;
  bytes.resize(kSize);  // with what a Void has in it
  return bytes;
}

std::optional<LateSeekHead::Patch> LateSeekHead::shown() const {
  return head_;
}

}  // namespace pixelpass::playback
