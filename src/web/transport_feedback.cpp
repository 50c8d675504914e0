#include "web/transport_feedback.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cstddef>

namespace pixelpass::web {
namespace {

using boost::endian::load_big_u16;
using boost::endian::load_big_u32;

constexpr std::size_t kFeedbackHeaderBytes = 16;  // two SSRCs among them
constexpr std::size_t kChunkBytes = 2;
constexpr Duration kReferenceUnit = 64ms;
constexpr Duration kDeltaUnit = 250us;

enum class Status : std::uint8_t { kMissing, kSmallDelta, kLargeDelta, kReserved };

/// So many packets in a row have this status.
struct Run {
  Status status{};
  std::size_t length = 0;
};

/// A chunk's packets are told of one by one, with `bits` for each.
void read_vector(unsigned chunk, unsigned bits, std::vector<Run>& runs) {
  constexpr unsigned kVectorBits = 14;
  for (unsigned left = kVectorBits / bits; left > 0; --left)
    runs.push_back({static_cast<Status>(chunk >> (left - 1) * bits & ((1U << bits) - 1)), 1});
}

void read_chunk(unsigned chunk, std::vector<Run>& runs) {
  constexpr unsigned kIsVector = 0x8000;
  constexpr unsigned kHasTwoBits = 0x4000;
  if ((chunk & kIsVector) != 0) return read_vector(chunk, (chunk & kHasTwoBits) != 0 ? 2 : 1, runs);
  runs.push_back({static_cast<Status>(chunk >> 13U & 3U), chunk & 0x1fffU});
}

/// The status of each packet, from the chunks at the beginning of `rest`. Nullopt: there are too few.
std::optional<std::vector<Run>> take_statuses(ByteView& rest, std::size_t count) {
  std::vector<Run> runs;
  for (std::size_t read = 0; count > 0;) {
    if (rest.size() < kChunkBytes) return std::nullopt;
    read_chunk(load_big_u16(rest.data()), runs);
    rest = rest.subspan(kChunkBytes);
    for (; read < runs.size(); ++read) {
      runs[read].length = std::min(runs[read].length, count);
      count -= runs[read].length;
    }
  }
  return runs;
}

/// The time since the arrival before. Nullopt: it is not there.
std::optional<Duration> take_delta(ByteView& rest, Status status) {
  const std::size_t bytes = status == Status::kSmallDelta ? 1 : 2;
  if (status == Status::kReserved || rest.size() < bytes) return std::nullopt;
  const auto units = bytes == 1 ? int{rest[0]} : int{static_cast<std::int16_t>(load_big_u16(rest.data()))};
  rest = rest.subspan(bytes);
  return units * kDeltaUnit;
}

}  // namespace

std::optional<TransportFeedback> read_transport_feedback(ByteView body) {
  if (body.size() < kFeedbackHeaderBytes) return std::nullopt;
  TransportFeedback feedback{load_big_u16(&body[8]), load_big_u16(&body[10]), {}};
  auto at = kReferenceUnit * (load_big_u32(&body[12]) >> 8U);
  auto rest = body.subspan(kFeedbackHeaderBytes);
  const auto runs = take_statuses(rest, feedback.count);
  if (!runs) return std::nullopt;
  auto sequence = feedback.base;
  for (const auto& run : *runs) {
    if (run.status == Status::kMissing) sequence = static_cast<std::uint16_t>(sequence + run.length);
    for (auto left = run.status == Status::kMissing ? 0 : run.length; left > 0; --left, ++sequence) {
      const auto delta = take_delta(rest, run.status);
      if (!delta) return std::nullopt;
      feedback.arrivals.push_back({sequence, at += *delta});
    }
  }
  return feedback;
}

}  // namespace pixelpass::web
