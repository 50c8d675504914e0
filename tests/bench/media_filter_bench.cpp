#include "pixelpass/mpegts/media_filter.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "../unit/mpegts/access_units.hpp"
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

namespace pixelpass {
namespace {

constexpr int kFramesPerGroup = 60;
/// 40 Mbit/s at 60 frames a second: together more than the caches hold.
constexpr std::size_t kUnitBytes = 83'000;

std::vector<Frame> group() {
  mpegts::TsWriter writer({.video = true, .audio = true});
  Bytes unit(kUnitBytes, 0xaa);
  std::vector<Frame> frames;
  for (int i = 0; i < kFramesPerGroup; ++i)
    frames.push_back(writer.write(test::video_unit(unit, std::chrono::milliseconds(16 * i), i == 0)));
  return frames;
}

std::int64_t bytes_of(const std::vector<Frame>& frames) {
  std::int64_t bytes = 0;
  for (const Frame& frame : frames) bytes += static_cast<std::int64_t>(frame.bytes.size());
  return bytes;
}

/// Our own host's stream, which is passed on as it is.
void pass_unchanged(benchmark::State& state) {
  auto frames = group();
  frames[0].after_gap = true;  // the counters of the same group again
  mpegts::MediaFilter filter;
  for (auto _ : state)
    for (const Frame& frame : frames) benchmark::DoNotOptimize(filter.pass(frame));
  state.SetBytesProcessed(state.iterations() * bytes_of(frames));
  state.counters["changed"] = static_cast<double>(filter.counters().frames_changed);
}
BENCHMARK(pass_unchanged);

/// What it is to be compared with.
void copy(benchmark::State& state) {
  const auto frames = group();
  Bytes out(frames[0].bytes.size() + kUnitBytes);
  for (auto _ : state)
    for (const Frame& frame : frames) {
      std::memcpy(out.data(), frame.bytes.data(), frame.bytes.size());
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
  state.SetBytesProcessed(state.iterations() * bytes_of(frames));
}
BENCHMARK(copy);

/// A stream of which a packet is dropped in each frame.
void pass_changed(benchmark::State& state) {
  auto frames = group();
  frames[0].after_gap = true;
  for (Frame& frame : frames) {
    Bytes bytes(frame.bytes.view().begin(), frame.bytes.view().end());
    const std::size_t last = bytes.size() - kTsPacketBytes;
    bytes[last + 1] = 0x1f;
    bytes[last + 2] = 0xff;
    frame.bytes = SharedBytes::adopt(std::move(bytes));
  }
  mpegts::MediaFilter filter;
  for (auto _ : state)
    for (const Frame& frame : frames) benchmark::DoNotOptimize(filter.pass(frame));
  state.SetBytesProcessed(state.iterations() * bytes_of(frames));
}
BENCHMARK(pass_changed);

}  // namespace
}  // namespace pixelpass
