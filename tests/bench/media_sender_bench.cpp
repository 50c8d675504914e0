#include "net/udp_socket.hpp"
#include "web/media_sender.hpp"
#include "web/srtp_session.hpp"
#include <benchmark/benchmark.h>
#include <boost/endian/conversion.hpp>
#include <malloc.h>

#include <deque>
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

/// The far end's words: a report, without which no pictures come any more, and what has come of each packet.
class BenchBrowser {
 public:
  explicit BenchBrowser(const SrtpKeys& keys) : rtcp_(keys) {}

  /// Everything sent has come, all at once; at most some 8,000 packets since it was said last.
  void hear(MediaSender& sender, Instant now) {
    Bytes report(32);
    boost::endian::store_big_u32(&report[0], 0x81c90007);
    boost::endian::store_big_u32(&report[8], kVideoSsrc);
    sender.on_rtcp(seal(std::move(report)), now);
    if (told_ == 0) tell(sender, 1, now);  // then all streams' packets are counted
    tell(sender, static_cast<std::size_t>(sender.status().line.sent_packets - told_), now);
  }

 private:
  void tell(MediaSender& sender, std::size_t count, Instant now) {
    Bytes feedback(22 + count);
    feedback.resize((feedback.size() + 3) / 4 * 4);
    boost::endian::store_big_u32(&feedback[0],
                                 0x8fcd0000 + static_cast<std::uint32_t>(feedback.size() / 4 - 1));
    boost::endian::store_big_u16(&feedback[12], static_cast<std::uint16_t>(told_));
    boost::endian::store_big_u16(&feedback[14], static_cast<std::uint16_t>(count));
    boost::endian::store_big_u16(&feedback[20], static_cast<std::uint16_t>(0x2000U | count));
    told_ += count;
    sender.on_rtcp(seal(std::move(feedback)), now);
  }
  Bytes seal(Bytes rtcp) {
    const auto bytes = rtcp.size();
    rtcp.resize(bytes + kMaxSrtcpOverhead);
    rtcp.resize(rtcp_.seal_rtcp(rtcp, bytes));
    return rtcp;
  }

  SrtpSession rtcp_;
  std::uint64_t told_ = 0;
};

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
  std::deque<BenchBrowser> browsers;
  for (std::size_t i = 0; i < kViewers; ++i) browsers.emplace_back(keys);
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
    for (std::size_t i = 0; i < kViewers; ++i) browsers[i].hear(*viewers[i], now);
  }
  state.counters["a_viewer"] =
      benchmark::Counter(static_cast<double>(kViewers),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["KB_a_viewer"] = static_cast<double>(mallinfo2().uordblks - before) / 1024 / kViewers;
}
BENCHMARK(a_second_for_browsers)->DenseRange(0, 1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pixelpass::web
