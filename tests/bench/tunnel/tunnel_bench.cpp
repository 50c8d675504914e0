// Figures of the tunnel, host and viewers in processes of their own on this machine:
//   tunnel_bench bulk | live | fanout | crowd | turns | setup | lossy | all   [seconds [viewers of fanout]]
#include "pixelpass/base/process_usage.hpp"

#include "../../sim/sim_call.hpp"
#include "bench_pair.hpp"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace pixelpass::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kBulkBytes = 1 << 30;
constexpr std::size_t kBulkFrameBytes = 32 << 10;
constexpr int kFps = 60;
constexpr int kFramesPerGroup = 120;
constexpr auto kPatience = std::chrono::milliseconds(std::chrono::hours(1));

/// Runs the child only once the parent's io_context has nothing of ours in it: a fork copies it all.
struct TicketPipe {
  int ends[2]{};
  TicketPipe() {
    if (pipe(ends) != 0) std::abort();
  }
  void send(const Ticket& ticket) const {
    const auto text = encode_ticket(ticket) + "\n";
    if (write(ends[1], text.data(), text.size()) < 0) std::abort();
  }
  [[nodiscard]] Ticket receive() const {
    std::string text;
    char c = 0;
    while (read(ends[0], &c, 1) == 1 && c != '\n') text += c;
    return decode_ticket(text, UnixTime{}).value();
  }
};

void bulk() {
  const TicketPipe tickets;
  Child child([&]() -> Child::Report {
    asio::io_context io;
    Viewer viewer(io, tickets.receive(), kPatience, false);
    std::size_t got = 0;
    double cpu = 0;
    Instant first;
    double seconds = 0;
    viewer.on_frame = [&](const Frame& frame) {
      if (got == 0) {
        first = Clock::now();
        cpu = cpu_seconds();
      }
      got += frame.bytes.size();
      if (got < kBulkBytes) return;
      seconds = to_ms(Clock::now() - first) / 1e3;
      cpu = cpu_seconds() - cpu;
      viewer.leave();
      io.stop();
    };
    io.run();
    return {seconds, cpu};
  });
  asio::io_context io;
  Host host(io, 1, {.bytes = 2 * kBulkBytes, .groups = 1});
  double cpu = 0;
  const auto shared = SharedBytes::adopt(Bytes(kBulkFrameBytes, 'x'));
  host.on_event = [&](const tunnel::TransportEvent& event) {
    if (std::holds_alternative<tunnel::SessionClosed>(event)) io.stop();
    if (!std::holds_alternative<tunnel::SessionOpened>(event)) return;
    cpu = cpu_seconds();
    for (std::size_t sent = 0; sent < kBulkBytes; sent += kBulkFrameBytes)
      host.push({shared, Clock::now(), sent == 0, false});
  };
  tickets.send(host.ticket());
  io.run();
  cpu = cpu_seconds() - cpu;
  const auto report = child.wait();
  const double gigabytes = static_cast<double>(kBulkBytes) / 1e9;
  std::printf("bulk: %.0f MB/s  host %.2f CPU s/GB  viewer %.2f CPU s/GB\n", gigabytes * 1000 / report[0],
              cpu / gigabytes, report[1] / gigabytes);
}

/// Reads the local endpoint as a player does, and takes the time of each frame's last byte.
class StampReader {
 public:
  explicit StampReader(const std::string& url) {
    const auto port = std::stoi(url.substr(url.rfind(':') + 1));
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    const auto address = SocketAddress::loopback(static_cast<std::uint16_t>(port));
    if (connect(fd_, address.get(), address.size()) != 0) std::abort();
    const auto path = url.substr(url.find('/', 8));
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n";
    if (write(fd_, request.data(), request.size()) < 0) std::abort();
  }
  ~StampReader() { close(fd_); }

  void read_until(Instant deadline, Percentiles& lag) {
    Bytes buffer;
    std::uint8_t chunk[65536];
    bool in_body = false;
    while (Clock::now() < deadline) {
      const auto got = read(fd_, chunk, sizeof chunk);
      if (got <= 0) return;
      buffer.insert(buffer.end(), chunk, chunk + got);
      if (!in_body) {
        const auto end = as_text(buffer).find("\r\n\r\n");
        if (end == std::string_view::npos) continue;
        buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(end) + 4);
        in_body = true;
      }
      take_frames(buffer, lag);
    }
  }

 private:
  static void take_frames(Bytes& buffer, Percentiles& lag) {
    std::size_t at = 0;
    Stamp stamp;
    while (buffer.size() - at >= sizeof stamp) {
      std::memcpy(&stamp, buffer.data() + at, sizeof stamp);
      if (stamp.magic != Stamp{}.magic) std::abort();
      if (buffer.size() - at < stamp.bytes) break;
      lag.add(Clock::now().time_since_epoch() - Duration(stamp.made_at));
      at += stamp.bytes;
    }
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(at));
  }

  int fd_ = -1;
};

/// Pushes frames at a steady rate for a while, then stops the io_context.
class Camera {
 public:
  Camera(asio::io_context& io, Host& host, double megabits, double seconds, int fps = kFps)
      : io_(io),
        host_(host),
        timer_(io),
        fps_(fps),
        bytes_(static_cast<std::size_t>(megabits * 1e6 / 8 / fps)),
        left_(static_cast<int>(seconds * fps)) {
    next_ = Clock::now();
    wait();
  }

 private:
  void wait() {
    timer_.expires_at(next_);
    timer_.async_wait([this](const boost::system::error_code&) {
      if (left_-- == 0) return io_.stop();
      host_.push(stamped_frame(bytes_, count_++ % kFramesPerGroup == 0));
      next_ += Duration(1s) / fps_;
      wait();
    });
  }

  asio::io_context& io_;
  Host& host_;
  asio::steady_timer timer_;
  int fps_;
  std::size_t bytes_;
  int left_;
  int count_ = 0;
  Instant next_;
};

void live(double megabits, double seconds) {
  const TicketPipe tickets;
  const TicketPipe urls;
  Child viewer([&]() -> Child::Report {
    asio::io_context io;
    Viewer v(io, tickets.receive(), kPatience, true);
    const auto url = v.url() + "\n";
    if (write(urls.ends[1], url.data(), url.size()) < 0) return {};
    const auto start = Clock::now();
    const auto cpu = cpu_seconds();
    v.on_event = [&](const tunnel::ViewerEvent& event) {
      if (std::holds_alternative<tunnel::HostLeft>(event)) io.stop();
    };
    io.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(seconds)));
    return {(cpu_seconds() - cpu) / (to_ms(Clock::now() - start) / 1e3) * 100};
  });
  Child player([&]() -> Child::Report {
    std::string url;
    char c = 0;
    while (read(urls.ends[0], &c, 1) == 1 && c != '\n') url += c;
    StampReader reader(url);
    Percentiles lag(1 << 16);
    reader.read_until(
        Clock::now() + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds - 1)), lag);
    return {to_ms(lag.at(0.5)), to_ms(lag.at(0.95)), to_ms(lag.at(0.99)), to_ms(lag.at(1)),
            static_cast<double>(lag.count())};
  });
  asio::io_context io;
  Host host(io, 1);
  tickets.send(host.ticket());
  const auto start = Clock::now();
  const auto cpu = cpu_seconds();
  Camera camera(io, host, megabits, seconds);
  io.run();
  const auto host_cpu = (cpu_seconds() - cpu) / (to_ms(Clock::now() - start) / 1e3) * 100;
  const auto lag = player.wait();
  std::printf(
      "live %2.0f Mbit/s: host %.2f %% CPU  viewer with endpoint %.2f %%  to a player's read: p50 %.2f ms  "
      "p95 %.2f  p99 %.2f  "
      "max %.2f (n %.0f)\n",
      megabits, host_cpu, viewer.wait()[0], lag[0], lag[1], lag[2], lag[3], lag[4]);
}

void fanout(int viewers, double seconds) {
  const TicketPipe tickets;
  Child child([&]() -> Child::Report {
    asio::io_context io;
    const auto ticket = tickets.receive();
    Percentiles lag(1 << 20);
    std::vector<std::unique_ptr<Viewer>> all;
    for (int i = 0; i < viewers; ++i) {
      all.push_back(std::make_unique<Viewer>(io, ticket, kPatience, false));
      all.back()->on_frame = [&](const Frame& frame) {
        Stamp stamp;
        std::memcpy(&stamp, frame.bytes.data(), sizeof stamp);
        lag.add(Clock::now().time_since_epoch() - Duration(stamp.made_at));
      };
    }
    io.run_for(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(seconds + 1)));
    return {to_ms(lag.at(0.5)), to_ms(lag.at(0.99)), static_cast<double>(lag.count())};
  });
  asio::io_context io;
  Host host(io, static_cast<std::size_t>(viewers));
  const auto idle = process_resident_bytes();
  int joined = 0;
  double cpu = 0;
  Instant start;
  std::unique_ptr<Camera> camera;
  host.on_event = [&](const tunnel::TransportEvent& event) {
    if (!std::holds_alternative<tunnel::SessionOpened>(event) || ++joined < viewers) return;
    start = Clock::now();
    cpu = cpu_seconds();
    camera = std::make_unique<Camera>(io, host, 8, seconds);
  };
  tickets.send(host.ticket());
  io.run();
  const auto percent = (cpu_seconds() - cpu) / (to_ms(Clock::now() - start) / 1e3) * 100;
  const auto resident = static_cast<double>(process_resident_bytes() - idle) / 1e6;
  const auto lag = child.wait();
  std::printf(
      "fanout %2d viewers at 8 Mbit/s: host %.2f %% CPU  +%.1f MB over idle  p50 %.2f ms  p99 %.2f ms (n "
      "%.0f)\n",
      viewers, percent, resident, lag[0], lag[1], lag[2]);
}

/// Many viewers in one process, who come one after the other: a host takes in only so many at once.
class Crowd {
 public:
  Crowd(asio::io_context& io, Ticket ticket, int viewers)
      : io_(io), ticket_(std::move(ticket)), left_(viewers) {
    add();
  }
  [[nodiscard]] double frames() const { return frames_; }

 private:
  void add() {
    if (left_-- == 0) return;
    all_.push_back(std::make_unique<Viewer>(io_, ticket_, kPatience, false));
    all_.back()->on_frame = [this](const Frame&) { ++frames_; };
    all_.back()->on_event = [this](const tunnel::ViewerEvent& event) {
      if (std::holds_alternative<tunnel::Connected>(event)) asio::post(io_, [this] { add(); });
      if (std::holds_alternative<tunnel::HostLeft>(event)) io_.stop();
    };
  }

  asio::io_context& io_;
  Ticket ticket_;
  int left_;
  double frames_ = 0;
  std::vector<std::unique_ptr<Viewer>> all_;
};

/// What one viewer costs the host, in processor time, so little at once that the host never falls behind:
/// then it takes as many turns as there are datagrams, and what grows with the viewers shows.
double crowd(int viewers, double seconds) {
  constexpr double kMegabits = 0.1;
  constexpr int kCrowdFps = 5;
  const TicketPipe tickets;
  Child child([&]() -> Child::Report {
    asio::io_context io;
    const Crowd all(io, tickets.receive(), viewers);
    io.run();
    return {all.frames()};
  });
  asio::io_context io;
  Host host(io, static_cast<std::size_t>(viewers));
  int joined = 0;
  double cpu = 0;
  std::unique_ptr<Camera> camera;
  host.on_event = [&](const tunnel::TransportEvent& event) {
    if (!std::holds_alternative<tunnel::SessionOpened>(event) || ++joined < viewers) return;
    cpu = cpu_seconds();
    camera = std::make_unique<Camera>(io, host, kMegabits, seconds, kCrowdFps);
  };
  tickets.send(host.ticket());
  io.run();
  cpu = cpu_seconds() - cpu;
  host.leave();
  const auto frames = child.wait()[0];
  const auto each = cpu * 1e6 / frames;
  std::printf(
      "crowd %3d viewers at %d pictures a second: host %.2f %% CPU, %.1f us a picture sent (n %.0f)\n",
      viewers, kCrowdFps, cpu / seconds * 100, each, frames);
  return each;
}

void crowds(double seconds) {
  const auto few = crowd(64, seconds);
  const auto many = crowd(512, seconds);
  std::printf("crowd: 512 viewers cost %.2f times what 64 do\n", 8 * many / few);
}

void setup() {
  constexpr int kRounds = 50;
  const TicketPipe tickets;
  Child child([&]() -> Child::Report {
    const auto ticket = tickets.receive();
    Percentiles took;
    for (int i = 0; i < kRounds; ++i) {
      asio::io_context io;
      const auto start = Clock::now();
      Viewer viewer(io, ticket, kPatience, false);
      viewer.on_frame = [&](const Frame&) {
        took.add(Clock::now() - start);
        viewer.leave();
        io.stop();
      };
      io.run_for(5s);
    }
    return {to_ms(took.at(0.5)), to_ms(took.at(0.95)), static_cast<double>(took.count())};
  });
  asio::io_context io;
  Host host(io, 8);
  int left = 0;
  host.on_event = [&](const tunnel::TransportEvent& event) {
    if (std::holds_alternative<tunnel::SessionClosed>(event) && ++left == kRounds) io.stop();
  };
  host.push(stamped_frame(1000, true));
  tickets.send(host.ticket());
  io.run_for(30s);
  const auto report = child.wait();
  std::printf("setup: connect to first frame p50 %.2f ms  p95 %.2f ms (n %.0f)\n", report[0], report[1],
              report[2]);
}

/// Simulated time: the figures depend on the seed alone.
void lossy(double loss, std::uint64_t seed) {
  sim::Call call(seed);
  auto& viewer = call.join();
  call.network.set_both(viewer.node(), {.delay = 19ms, .loss = loss});
  call.host.show({.fps = 60, .frames_per_group = 120, .keyframe_bytes = 188 * 640, .frame_bytes = 188 * 80});
  call.until_all_see();
  call.network.run_for(30s);
  std::printf("lossy: %.1f %% loss, 40 ms round trip: p50 %.1f ms  p95 %.1f  p99 %.1f  skipped groups %llu\n",
              loss * 100, to_ms(viewer.lag_at(0.5)), to_ms(viewer.lag_at(0.95)), to_ms(viewer.lag_at(0.99)),
              static_cast<unsigned long long>(viewer.skipped_groups()));
}

/// Takes the processor time of a core, which is driven as UdpDriver does: asked after each call for its next
/// timeout.
class Metered final : public net::DatagramCore {
 public:
  explicit Metered(net::DatagramCore& core) : core_(core), due_(core.next_timeout()) {}

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override {
    measure([&] { core_.on_datagram(path, bytes, ecn, now); });
  }
  void on_timeout(Instant now) override {
    measure([&] { core_.on_timeout(now); });
  }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return due_; }
  bool flush(net::DatagramSink& sink, Instant now) override {
    bool done = false;
    measure([&] { done = core_.flush(sink, now); });
    return done;
  }
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  void measure(const std::function<void()>& call) {
    const auto before = thread_seconds();
    call();
    due_ = core_.next_timeout();
    seconds_ += thread_seconds() - before;
  }
  static double thread_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  net::DatagramCore& core_;
  std::optional<Instant> due_;
  double seconds_ = 0;
};

/// Simulated time, no kernel: a turn of the host's core for each datagram, as when it never falls behind. The
/// viewers take the caches from it in between, so that it grows a little by that alone; instructions do not
/// (callgrind, with --toggle-collect on Metered's calls).
double turns(int viewers) {
  sim::Call call(1, static_cast<std::size_t>(viewers));
  for (int i = 0; i < viewers; ++i) {
    auto& viewer = call.join();
    call.network.set_both(viewer.node(), {.delay = 10ms, .jitter = 20ms});
    call.network.run_for(50ms);
  }
  Metered host(call.host.tunnel());
  call.network.replace(call.host.node(), host);
  call.host.show({.fps = 5, .frames_per_group = 10, .keyframe_bytes = 5000, .frame_bytes = 2000});
  call.network.run_for(5s);
  double frames = 0;
  for (const auto& viewer : call.viewers) frames += static_cast<double>(viewer.frames.size());
  const auto each = host.seconds() * 1e6 / frames;
  std::printf("turns: %3d viewers, %.1f us of the host's core a picture sent (n %.0f)\n", viewers, each,
              frames);
  return each;
}

void compare_turns() {
  const auto few = turns(16);
  const auto many = turns(128);
  std::printf("turns: 128 viewers cost %.2f times what 16 do\n", 8 * many / few);
}

int run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "all";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 20;
  const std::vector<int> fanouts = argc > 3 ? std::vector{std::atoi(argv[3])} : std::vector{1, 4, 16, 64};
  const bool all = what == "all";
  if (all || what == "setup") setup();
  if (all || what == "bulk")
    for (int i = 0; i < 3; ++i) bulk();
  if (all || what == "live")
    for (const double megabits : {8.0, 25.0}) live(megabits, seconds);
  if (all || what == "fanout")
    for (const int viewers : fanouts) fanout(viewers, seconds);
  if (all || what == "crowd") crowds(seconds);
  if (all || what == "turns") compare_turns();
  if (all || what == "lossy")
    for (const double loss : {0.0, 0.01, 0.05}) lossy(loss, 1);
  return 0;
}

}  // namespace
}  // namespace pixelpass::bench

int main(int argc, char** argv) {
  return pixelpass::bench::run(argc, argv);
}
