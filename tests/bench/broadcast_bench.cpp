#include "pixelpass/broadcast/broadcast.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace pixelpass {
namespace {

constexpr int kFramesPerGroup = 60;
/// 8 Mbit/s at 60 frames a second, in whole transport stream packets.
constexpr std::size_t kFrameBytes = 89 * std::size_t{188};

/// One frame in, and one out to each of `range(0)` readers that keep up.
void push_and_fan_out(benchmark::State& state) {
  const auto bytes = SharedBytes::adopt(Bytes(kFrameBytes));
  Broadcast broadcast;
  std::vector<Cursor> readers(static_cast<std::size_t>(state.range(0)), broadcast.join());
  int frame = 0;
  for (auto _ : state) {
    broadcast.push(Frame{.bytes = bytes, .captured_at = {}, .keyframe = frame++ % kFramesPerGroup == 0});
    for (auto& reader : readers) benchmark::DoNotOptimize(broadcast.next(reader));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(push_and_fan_out)->Arg(1)->Arg(16)->Arg(64);

/// The same where every reader sleeps through more than the broadcast keeps, and skips.
void skip_to_the_newest_group(benchmark::State& state) {
  const auto bytes = SharedBytes::adopt(Bytes(kFrameBytes));
  Broadcast broadcast({.groups = 2});
  for (int group = 0; group < 4; ++group)
    broadcast.push(Frame{.bytes = bytes, .captured_at = {}, .keyframe = true});
  const std::vector<Cursor> asleep(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto readers = asleep;
    for (auto& reader : readers) benchmark::DoNotOptimize(broadcast.next(reader));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(skip_to_the_newest_group)->Arg(64);

}  // namespace
}  // namespace pixelpass
