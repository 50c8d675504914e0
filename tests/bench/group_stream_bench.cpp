#include "pixelpass/wire/group_stream.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>

namespace pixelpass::wire {
namespace {

/// What one QUIC packet brings, and what a reader of a whole file would.
constexpr std::int64_t kDatagramBytes = 1350;
constexpr std::int64_t kLargePieceBytes = 64 << 10;

Bytes group_of_one_frame(std::size_t payload_bytes) {
  const Frame frame{.bytes = SharedBytes::adopt(Bytes(payload_bytes)), .captured_at = {}, .keyframe = true};
  const auto group = encode_group_header(1);
  const auto header = encode_frame_header(frame);
  Bytes stream(group.begin(), group.end());
  stream.insert(stream.end(), header.begin(), header.end());
  stream.insert(stream.end(), frame.bytes.view().begin(), frame.bytes.view().end());
  return stream;
}

/// One group of one frame of `range(0)` bytes, fed in pieces of `range(1)`.
void read_group_stream(benchmark::State& state) {
  const auto stream = group_of_one_frame(static_cast<std::size_t>(state.range(0)));
  const auto piece = static_cast<std::size_t>(state.range(1));
  const auto keep = [](std::uint64_t, std::size_t, Frame frame) {
    benchmark::DoNotOptimize(frame.bytes.data());
  };
  for (auto _ : state) {
    GroupStreamReader reader;
    for (ByteView rest = stream; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size())))
      reader.feed(rest.first(std::min(piece, rest.size())), keep);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_group_stream)
    ->Args({16 << 10, kDatagramBytes})
    ->Args({256 << 10, kDatagramBytes})
    ->Args({1 << 20, kDatagramBytes})
    ->Args({8 << 20, kDatagramBytes})
    ->Args({1 << 20, kLargePieceBytes});

}  // namespace
}  // namespace pixelpass::wire
