// What a picture costs from the encoder's buffer to the broadcast: MPEG-TS made before the crossing, on the
// encoder's thread, and after it, on the network thread. Processor time is that of both threads.
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "app/host/frame_crossing.hpp"
#include <benchmark/benchmark.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstring>
#include <semaphore>
#include <thread>

namespace pixelpass::app {
namespace {

constexpr int kPicturesPerGroup = 60;

/// What an encoder does last: it writes a picture into a buffer of its own.
AccessUnit encoded(std::int64_t bytes, int picture) {
  auto memory = std::make_shared_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(bytes));
  std::memset(memory.get(), 0xaa, static_cast<std::size_t>(bytes));
  constexpr std::uint8_t kStart[] = {0, 0, 0, 1, 0x41};
  std::memcpy(memory.get(), kStart, sizeof kStart);
  const ByteView view(memory.get(), static_cast<std::size_t>(bytes));
  AccessUnit unit;
  unit.bytes = SharedBytes(std::move(memory), view);
  unit.pts = std::chrono::milliseconds(33) * picture;
  unit.keyframe = picture % kPicturesPerGroup == 0;
  return unit;
}

/// The network thread, with a broadcast that what crosses is put into.
class Network {
 public:
  void take(MediaUnit unit) {
    if (auto* const ready = std::get_if<Frame>(&unit))
      broadcast_.push(std::move(*ready));
    else
      broadcast_.push(writer_.write(std::get<AccessUnit>(unit)));
    taken_.release();
  }
  FrameCrossing& crossing() { return crossing_; }
  /// Pictures come 33 ms apart: one is taken before the next is encoded.
  void wait() { taken_.acquire(); }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  mpegts::TsWriter writer_{{.video = true, .audio = false}};
  Broadcast broadcast_;
  std::counting_semaphore<> taken_{0};
  FrameCrossing crossing_{io_.get_executor(),
                          {[this](MediaUnit unit) { take(std::move(unit)); }, [](const Error&) {}}};
  std::jthread thread_{[this](const std::stop_token& stop) {
    const std::stop_callback ends(stop, [this] { io_.stop(); });
    io_.run();
  }};
};

void packed_by_the_encoders_thread(benchmark::State& state) {
  Network network;
  mpegts::TsWriter writer({.video = true, .audio = false});
  int picture = 0;
  for (auto _ : state) {
    network.crossing().push(writer.write(encoded(state.range(0), picture++)));
    network.wait();
  }
}

void packed_by_the_network_thread(benchmark::State& state) {
  Network network;
  int picture = 0;
  for (auto _ : state) {
    network.crossing().push(encoded(state.range(0), picture++));
    network.wait();
  }
}

/// The packing alone: what the network thread has to do in addition.
void pack(benchmark::State& state) {
  mpegts::TsWriter writer({.video = true, .audio = false});
  const AccessUnit unit = encoded(state.range(0), 1);
  for (auto _ : state) benchmark::DoNotOptimize(writer.write(unit));
}

// 1080p30 at 6 Mbit/s: a picture, and a keyframe.
constexpr std::int64_t kPictureBytes = 25'000;
constexpr std::int64_t kKeyframeBytes = 200'000;
BENCHMARK(packed_by_the_encoders_thread)
    ->Arg(kPictureBytes)
    ->Arg(kKeyframeBytes)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK(packed_by_the_network_thread)
    ->Arg(kPictureBytes)
    ->Arg(kKeyframeBytes)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK(pack)->Arg(kPictureBytes)->Arg(kKeyframeBytes);

}  // namespace
}  // namespace pixelpass::app
