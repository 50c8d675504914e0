#include "net/udp_socket.hpp"
#include "web/media_sender.hpp"
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace pixelpass::web {
namespace {

constexpr int kPicturesASecond = 60;
constexpr int kSlices = 4;
constexpr std::size_t kSliceBytes = 6'500'000 / 8 / kPicturesASecond / kSlices;
constexpr std::size_t kViewers = 16;

/// range(0) 0: datagrams are taken and forgotten; 1: they leave by a real socket, for loopback.
class BenchLine final : public net::DatagramSink {
 public:
  explicit BenchLine(bool real) : real_(real) {}
  bool send(const net::Path&, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    benchmark::DoNotOptimize(bytes.data());
    if (real_) socket_.send({socket_.local(), far_.local()}, bytes, segment, ecn);
    return true;
  }

 private:
  bool real_;
  net::UdpSocket socket_{*SocketAddress::parse("127.0.0.1:0")};
  net::UdpSocket far_{
      *SocketAddress::parse("127.0.0.1:0")};  // nobody reads: the kernel drops what is too much
};

SharedBytes bench_picture(bool keyframe) {
  Bytes stream;
  for (int slice = 0; slice < kSlices; ++slice) {
    stream.insert(stream.end(), {0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)});
    stream.resize(stream.size() + kSliceBytes, 0x55);
  }
  return SharedBytes::adopt(std::move(stream));
}

/// A second of a picture of 6.5 Mbit/s in 60 frames and sound, for 16 browsers. The time a second and a
/// viewer is "a_viewer": 6m would be 0.6 % of a core.
void a_second_for_browsers(benchmark::State& state) {
  const Bytes master(kSrtpKeyBytes + salt_bytes(SrtpProfile::kAeadAes128Gcm), 1);
  const SrtpKeys keys{SrtpProfile::kAeadAes128Gcm, master, master};
  const auto before = mallinfo2().uordblks;
  BenchLine line(state.range(0) == 1);
  Instant now{1s};
  std::vector<std::unique_ptr<MediaSender>> viewers;
  for (std::size_t i = 0; i < kViewers; ++i)
    viewers.push_back(std::make_unique<MediaSender>(MediaTerms{.video_type = 96,
                                                               .rtx_type = 97,
                                                               .audio_type = 111,
                                                               .playout_delay_id = 6,
                                                               .transport_id = 3,
                                                               .numbers_audio = true},
                                                    keys, seeded_random(i), now));
  bool first = true;
  const auto give = [&](const AccessUnit& unit) {
    for (auto& viewer : viewers) {
      viewer->on_unit(unit, now);
      viewer->on_timeout(now);
      viewer->flush({}, line, now);
    }
  };
  for (auto _ : state) {
    for (int i = 0; i < kPicturesASecond; ++i, now += 16'666'667ns) {
      AccessUnit unit{bench_picture(first), AccessUnit::Kind::kVideo, now - Instant{1s}, now};
      unit.keyframe = std::exchange(first, false);
      give(unit);
      for (int audio = 0; audio < (i % 3 == 0 ? 1 : 2); ++audio)
        give({SharedBytes::adopt(Bytes(160, 7)), AccessUnit::Kind::kOpus, now - Instant{1s}, now});
    }
  }
  state.counters["a_viewer"] =
      benchmark::Counter(static_cast<double>(kViewers),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["KB_a_viewer"] = static_cast<double>(mallinfo2().uordblks - before) / 1024 / kViewers;
}
BENCHMARK(a_second_for_browsers)->DenseRange(0, 1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pixelpass::web
