#include "pixelpass/web/web_host.hpp"

#include "../sim/sim_browser.hpp"
#include "../sim/sim_network.hpp"
#include "net/udp_socket.hpp"
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <ctime>
#include <memory>
#include <vector>

namespace pixelpass::web {
namespace {

constexpr int kPicturesASecond = 60;
constexpr int kSlices = 4;
constexpr std::size_t kSliceBytes = 6'500'000 / 8 / kPicturesASecond / kSlices;
constexpr Duration kPictureInterval = Duration(1s) / kPicturesASecond;
constexpr Duration kAudioInterval = 10ms;

class OpenDoor final : public tunnel::Admission {
 public:
  Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId&) override { return ++admitted_; }
  void release(std::uint32_t) override {}

 private:
  std::uint32_t admitted_ = 0;
};

/// A host in a simulated network: counts the processor's time that it takes, and nobody else's. Its datagrams
/// leave by a real socket, for loopback, where nobody reads; to the browsers they come after the time is
/// taken.
class MeasuredHost final : public net::DatagramCore {
 public:
  MeasuredHost(WebHost& host, bool real) : host_(host), line_(real) {}

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override {
    const auto before = used_;
    measure([&] { host_.on_datagram(path, bytes, ecn, now); });
    hearing_ += used_ - before;
    ++heard_;
  }
  void on_timeout(Instant now) override {
    measure([&] { host_.on_timeout(now); });
  }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return host_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) override {
    measure([&] { host_.flush(line_, now); });
    line_.hand_on(sink);
    return true;
  }
  void give(const AccessUnit& unit, Instant now) {
    measure([&] { host_.on_unit(unit, now); });
  }
  /// Seconds, since it was asked last.
  double take_used() { return std::exchange(used_, 0); }
  /// Seconds that a datagram took which came in, since it was asked last.
  double take_hearing_one() {
    return std::exchange(hearing_, 0) / static_cast<double>(std::exchange(heard_, 0));
  }

 private:
  class Line final : public net::DatagramSink {
   public:
    explicit Line(bool real) : real_(real) {}
    bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
      if (real_) socket_.send({socket_.local(), far_.local()}, bytes, segment, ecn);
      sent_.push_back({path, bytes_.size(), bytes.size(), segment, ecn});
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      return true;
    }
    void hand_on(net::DatagramSink& sink) {
      for (const auto& [path, at, size, segment, ecn] : sent_)
        sink.send(path, ByteView(bytes_).subspan(at, size), segment, ecn);
      sent_.clear();
      bytes_.clear();
    }

   private:
    struct Sent {
      net::Path path;
      std::size_t at;
      std::size_t size;
      std::size_t segment;
      net::Ecn ecn;
    };
    bool real_;
    net::UdpSocket socket_{*SocketAddress::parse("127.0.0.1:0")};
    net::UdpSocket far_{*SocketAddress::parse("127.0.0.1:0")};
    std::vector<Sent> sent_;
    Bytes bytes_;
  };

  static double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  void measure(const auto& work) {
    const auto before = cpu_seconds();
    work();
    used_ += cpu_seconds() - before;
  }

  WebHost& host_;
  Line line_;
  double used_ = 0;
  double hearing_ = 0;
  std::size_t heard_ = 0;
};

SharedBytes four_slices(bool keyframe) {
  Bytes stream;
  for (int slice = 0; slice < kSlices; ++slice) {
    stream.insert(stream.end(), {0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)});
    stream.resize(stream.size() + kSliceBytes, 0x55);
  }
  return SharedBytes::adopt(std::move(stream));
}

/// A host that shows a picture of 6.5 Mbit/s in 60 frames, with sound, and its browsers.
class Audience {
 public:
  Audience(std::size_t browsers, bool real) : measured_(*host_, real) {
    node_ = network_.add(measured_, address_);
    for (std::size_t i = 0; i < browsers; ++i)
      identities_.push_back(std::make_unique<sim::BrowserIdentity>());
  }

  /// All come, no sooner than the host shakes hands with them, before there is anything to see.
  bool let_in() {
    for (; browsers_.size() < identities_.size(); network_.run_for(kComeIn)) open_browser();
    return host_->viewer_count() == browsers_.size();
  }
  void show_a_second() {
    for (const auto end = network_.now() + 1s; network_.now() < end; network_.run_for(kPictureInterval)) {
      while (const auto event = host_->poll_event())
        if (std::holds_alternative<tunnel::KeyframeWanted>(*event)) keyframe_ = true;
      AccessUnit unit{four_slices(keyframe_), AccessUnit::Kind::kVideo, network_.now() - Instant{1h},
                      network_.now()};
      unit.keyframe = std::exchange(keyframe_, false);
      measured_.give(unit, network_.now());
      for (; audio_at_ <= network_.now(); audio_at_ += kAudioInterval)
        measured_.give(
            {SharedBytes::adopt(Bytes(160, 7)), AccessUnit::Kind::kOpus, audio_at_ - Instant{1h}, audio_at_},
            network_.now());
      network_.touch(node_);
    }
  }
  /// So little that browsers, of which there may be many, have something to report on.
  void show_little_for_a_second() {
    AccessUnit unit{SharedBytes::adopt(Bytes{0, 0, 0, 1, 0x65, 0x55}), AccessUnit::Kind::kVideo,
                    network_.now() - Instant{1h}, network_.now()};
    unit.keyframe = true;
    measured_.give(unit, network_.now());
    network_.touch(node_);
    network_.run_for(1s);
  }
  double take_used() { return measured_.take_used(); }
  double take_hearing_one() { return measured_.take_hearing_one(); }
  /// Bytes of memory that the host holds; it is gone afterwards.
  std::size_t take_apart() {
    const auto before = mallinfo2();
    host_.reset();
    const auto after = mallinfo2();
    return before.uordblks + before.hblkhd - after.uordblks - after.hblkhd;
  }

 private:
  static constexpr Duration kComeIn = 20ms;

  void open_browser() {
    const auto i = browsers_.size();
    sim::BrowserSettings settings{address_, tunnel_identity_.secret(), identities_[i].get(), {}};
    settings.hello.certificate = settings.identity->hash();
    settings.hello.seconds = static_cast<std::uint32_t>(network_.wall_clock()().time_since_epoch().count());
    settings.hello.random = static_cast<std::uint8_t>(i);
    settings.hello.transport_id = 4;
    settings.hello.flags = 4;  // of sound, too
    browsers_.push_back(std::make_unique<sim::SimBrowser>(std::move(settings)));
    browsers_.back()->keep_little();
    // A line of its own: of one line only so many shake hands.
    const auto host = "198." + std::to_string(18 + i / 256) + "." + std::to_string(i % 256) + ".1:5000";
    network_.add(*browsers_.back(), *SocketAddress::parse(host));
  }

  const SocketAddress address_ = *SocketAddress::parse("192.0.2.1:4433");
  sim::Network network_{1};
  tunnel::Identity tunnel_identity_ = tunnel::Identity::generate(seeded_random(5));
  OpenDoor door_;
  std::unique_ptr<WebHost> host_ = std::make_unique<WebHost>(tunnel_identity_, door_, seeded_random(6),
                                                             network_.now(), network_.wall_clock());
  MeasuredHost measured_;
  sim::Network::NodeId node_ = 0;
  std::vector<std::unique_ptr<sim::BrowserIdentity>> identities_;
  std::vector<std::unique_ptr<sim::SimBrowser>> browsers_;
  Instant audio_at_ = network_.now();
  bool keyframe_ = false;
};

constexpr int kSettle = 3;  ///< seconds: a full store of what may be asked for again

/// A second of so many browsers (range(0)), by processor time of the host alone; range(1) 1: with the calls
/// of a real socket. `a_viewer`: 6m would be 0.6 % of a core.
void a_second_of_a_host_with_browsers(benchmark::State& state) {
  const auto viewers = static_cast<std::size_t>(state.range(0));
  Audience nobody(0, false);
  nobody.show_a_second();
  const auto empty = nobody.take_apart();
  Audience audience(viewers, state.range(1) == 1);
  if (!audience.let_in()) return state.SkipWithError("not all browsers came in");
  for (int i = 0; i < kSettle; ++i) audience.show_a_second();
  audience.take_used();
  double used = 0;
  for (auto _ : state) {
    audience.show_a_second();
    const auto one = audience.take_used();
    used += one;
    state.SetIterationTime(one);
  }
  state.counters["a_viewer"] = used / static_cast<double>(state.iterations()) / static_cast<double>(viewers);
  state.counters["KB_a_viewer"] =
      static_cast<double>(audience.take_apart() - empty) / 1024 / static_cast<double>(viewers);
}
BENCHMARK(a_second_of_a_host_with_browsers)
    ->ArgsProduct({{1, 16, 64}, {0, 1}})
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);

/// What a report costs, where so many browsers send theirs (range(0)).
void a_datagram_from_one_of_browsers(benchmark::State& state) {
  Audience audience(static_cast<std::size_t>(state.range(0)), false);
  if (!audience.let_in()) return state.SkipWithError("not all browsers came in");
  for (int i = 0; i < kSettle; ++i) audience.show_little_for_a_second();
  audience.take_hearing_one();
  for (auto _ : state) {
    audience.show_little_for_a_second();
    state.SetIterationTime(audience.take_hearing_one());
  }
}
BENCHMARK(a_datagram_from_one_of_browsers)
    ->Arg(1)
    ->Arg(16)
    ->Arg(64)
    ->Arg(512)
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pixelpass::web
