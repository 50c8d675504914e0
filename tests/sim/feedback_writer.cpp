#include "feedback_writer.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <utility>

namespace pixelpass::sim {
namespace {

constexpr Duration kReferenceUnit = 64ms;
constexpr Duration kDeltaUnit = 250us;
constexpr std::size_t kInAChunk = 7;

void store_u16(Bytes& bytes, std::uint16_t value) {
  bytes.resize(bytes.size() + 2);
  boost::endian::store_big_u16(&bytes[bytes.size() - 2], value);
}

}  // namespace

void FeedbackWriter::on_packet(std::uint16_t sequence, Instant now) {
  constexpr std::uint64_t kFirst = 1 << 16;
  const auto newest = newest_.value_or(kFirst + sequence);
  const auto ahead = static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(newest));
  const auto index = newest + static_cast<std::uint64_t>(std::int64_t{ahead});
  if (!newest_) next_ = index;
  newest_ = std::max(newest, index);
  come_.emplace(index, now);
}

/// With a time of two bytes for each that has come.
Bytes FeedbackWriter::take() {
  const auto base = std::min(next_, come_.begin()->first);
  const auto count = static_cast<std::size_t>(*newest_ - base) + 1;
  const auto time_of = [](Instant when) { return when.time_since_epoch() + kAhead; };
  const auto reference = time_of(come_.begin()->second) / kReferenceUnit;
  Bytes bytes{0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
  store_u16(bytes, static_cast<std::uint16_t>(base));
  store_u16(bytes, static_cast<std::uint16_t>(count));
  for (const unsigned shift : {16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(reference >> shift));
  bytes.push_back(count_++);
  for (std::size_t chunk = 0; chunk < count; chunk += kInAChunk) {
    unsigned statuses = 3;
    for (std::size_t i = 0; i < kInAChunk; ++i)
      statuses = statuses << 2U | (come_.contains(base + chunk + i) ? 2U : 0U);
    store_u16(bytes, static_cast<std::uint16_t>(statuses));
  }
  auto before = reference * kReferenceUnit;
  for (const auto& [index, when] : come_) {
    const auto units = (time_of(when) - before) / kDeltaUnit;
    store_u16(bytes, static_cast<std::uint16_t>(units));
    before += units * kDeltaUnit;
  }
  bytes.resize((bytes.size() + 3) / 4 * 4);
  boost::endian::store_big_u16(&bytes[2], static_cast<std::uint16_t>(bytes.size() / 4 - 1));
  next_ = *newest_ + 1;
  come_.clear();
  return bytes;
}

}  // namespace pixelpass::sim
