#include "pixelpass/net/udp_driver.hpp"

#include "pixelpass/tunnel/host_tunnel.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "../../places.hpp"
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>

namespace pixelpass::tunnel {
namespace {

namespace asio = boost::asio;

constexpr Duration kDeadline = 10s;

SocketAddress address(const char* text) {
  return *SocketAddress::parse(text);
}

class Host {
 public:
  Host(asio::io_context& io, const SocketAddress& bind, std::size_t max_viewers = 2)
      : identity_(Identity::generate(system_random)),
        places_(max_viewers),
        tunnel_({.identity = identity_, .name = "host", .stream = {}}, broadcast_, places_, system_random,
                Clock::now(), system_wall_time),
        driver_(std::make_unique<net::UdpDriver>(io, bind)) {
    driver_->start(tunnel_, [this](Instant) {
      while (auto event = tunnel_.poll_event())
        if (std::holds_alternative<SessionClosed>(*event)) ++left;
    });
  }
  ~Host() { stop(); }

  void show(std::size_t index, std::size_t bytes) {
    broadcast_.push(
        {SharedBytes::adopt(Bytes(bytes, static_cast<std::uint8_t>(index))), Clock::now(), index == 0});
    tunnel_.on_broadcast();
    driver_->wake();
  }

  [[nodiscard]] Ticket ticket() const {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    auto reached = driver_->local();
    if (reached.is_unspecified()) reached = SocketAddress::loopback(reached.port());
    ticket.candidates = {{CandidateKind::kHost, reached}};
    return ticket;
  }

  void close() {
    tunnel_.close("goodbye", Clock::now());
    stop();
  }
  void stop() { driver_->stop(); }
  [[nodiscard]] SocketAddress local() const { return driver_->local(); }
  [[nodiscard]] std::size_t viewers() const { return tunnel_.viewers().size(); }
  int left = 0;

 private:
  Identity identity_;
  Broadcast broadcast_;
  Places places_;
  HostTunnel tunnel_;
  std::unique_ptr<net::UdpDriver> driver_;
};

class Viewer {
 public:
  Viewer(asio::io_context& io, const Ticket& ticket, const SocketAddress& bind)
      : driver_(std::make_unique<net::UdpDriver>(io, bind)) {
    ViewerSettings settings;
    settings.ticket = ticket;
    tunnel_ = std::make_unique<ViewerTunnel>(std::move(settings), driver_->local(), system_random,
                                             Clock::now(), system_wall_time);
    driver_->start(*tunnel_, [this](Instant) { drain(); });
  }
  ~Viewer() { driver_->stop(); }

  void close() {
    tunnel_->close("done", Clock::now());
    driver_->stop();
  }

  std::vector<MediaFrame> frames;
  std::vector<ViewerEvent> events;
  template <class T>
  [[nodiscard]] const T* find() const {
    for (const auto& event : events)
      if (const auto* found = std::get_if<T>(&event)) return found;
    return nullptr;
  }

 private:
  void drain() {
    while (auto event = tunnel_->poll_event()) {
      if (auto* frame = std::get_if<MediaFrame>(&*event))
        frames.push_back(std::move(*frame));
      else
        events.push_back(std::move(*event));
    }
  }

  std::unique_ptr<net::UdpDriver> driver_;
  std::unique_ptr<ViewerTunnel> tunnel_;
};

class OverUdp : public ::testing::Test {
 protected:
  bool run_until(const std::function<bool()>& done) {
    const auto end = Clock::now() + kDeadline;
    while (!done() && Clock::now() < end) io_.run_one_until(end);
    return done();
  }

  /// A host and a viewer on one address family: the picture arrives, whole and in order.
  void expect_picture(const SocketAddress& host_bind, const SocketAddress& viewer_bind) {
    Host host(io_, host_bind);
    host.show(0, 300'000);
    Viewer viewer(io_, host.ticket(), viewer_bind);
    ASSERT_TRUE(run_until([&] { return !viewer.frames.empty(); }));
    for (std::size_t i = 1; i < 10; ++i) host.show(i, 20'000);
    ASSERT_TRUE(run_until([&] { return viewer.frames.size() == 10; }));
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(viewer.frames[i].index, i);
      EXPECT_TRUE(std::ranges::equal(viewer.frames[i].frame.bytes.view(),
                                     Bytes(i == 0 ? 300'000 : 20'000, static_cast<std::uint8_t>(i))));
    }
    ASSERT_TRUE(viewer.find<Connected>());
    EXPECT_EQ(viewer.find<Connected>()->path.remote, host.ticket().candidates[0].address);
  }

  asio::io_context io_{1};
};

TEST_F(OverUdp, ThePictureArrives) {
  expect_picture(address("127.0.0.1:0"), address("127.0.0.1:0"));
}

TEST_F(OverUdp, ThePictureArrivesBetweenSocketsWithoutAnAddress) {
  expect_picture(address("0.0.0.0:0"), address("0.0.0.0:0"));
}

TEST_F(OverUdp, ThePictureArrivesOverIPv6) {
  try {
    const net::UdpDriver probe(io_, address("[::1]:0"));
  } catch (const StartupError&) {
    GTEST_SKIP() << "no IPv6 here: sysctl net.ipv6.conf.lo.disable_ipv6=0";
  }
  expect_picture(address("[::1]:0"), address("0.0.0.0:0"));
}

TEST_F(OverUdp, TwoViewersGetTheSamePicture) {
  Host host(io_, address("127.0.0.1:0"));
  host.show(0, 100'000);
  Viewer first(io_, host.ticket(), address("127.0.0.1:0"));
  Viewer second(io_, host.ticket(), address("127.0.0.1:0"));
  ASSERT_TRUE(run_until([&] { return !first.frames.empty() && !second.frames.empty(); }));
  EXPECT_EQ(host.viewers(), 2u);
  EXPECT_TRUE(std::ranges::equal(first.frames[0].frame.bytes.view(), second.frames[0].frame.bytes.view()));
}

TEST_F(OverUdp, TheHostsByeArrives) {
  Host host(io_, address("127.0.0.1:0"));
  host.show(0, 1000);
  Viewer viewer(io_, host.ticket(), address("127.0.0.1:0"));
  ASSERT_TRUE(run_until([&] { return !viewer.frames.empty(); }));
  host.close();
  ASSERT_TRUE(run_until([&] { return viewer.find<HostLeft>() != nullptr; }));
  EXPECT_EQ(viewer.find<HostLeft>()->reason, "goodbye");
}

TEST_F(OverUdp, TheViewersByeArrives) {
  Host host(io_, address("127.0.0.1:0"));
  host.show(0, 1000);
  Viewer viewer(io_, host.ticket(), address("127.0.0.1:0"));
  ASSERT_TRUE(run_until([&] { return !viewer.frames.empty(); }));
  viewer.close();
  ASSERT_TRUE(run_until([&] { return host.left == 1; }));
  EXPECT_EQ(host.viewers(), 0u);
}

TEST_F(OverUdp, ALargeGroupComesWholeThroughTheKernelsBuffers) {
  Host host(io_, address("127.0.0.1:0"));
  for (std::size_t i = 0; i < 20; ++i) host.show(i, 1'000'000);
  Viewer viewer(io_, host.ticket(), address("127.0.0.1:0"));
  ASSERT_TRUE(run_until([&] { return viewer.frames.size() == 20; }));
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(std::ranges::equal(viewer.frames[i].frame.bytes.view(),
                                   Bytes(1'000'000, static_cast<std::uint8_t>(i))));
}

TEST_F(OverUdp, NothingIsLeftToDoWhenADriverHasStopped) {
  {
    Host host(io_, address("127.0.0.1:0"));
    Viewer viewer(io_, host.ticket(), address("127.0.0.1:0"));
    ASSERT_TRUE(run_until([&] { return host.viewers() == 1; }));
  }
  const auto end = Clock::now() + kDeadline;
  while (!io_.stopped() && Clock::now() < end) io_.run_one_until(end);
  EXPECT_TRUE(io_.stopped());
}

/// A core with nothing to do.
class Idle final : public net::DatagramCore {
 public:
  void on_datagram(const net::Path&, ByteView, net::Ecn, Instant) override { ++datagrams; }
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink&, Instant) override {
    ++flushes;
    return true;
  }
  int datagrams = 0;
  int flushes = 0;
};

TEST_F(OverUdp, ManyWakesAreOneTurn) {
  Idle core;
  net::UdpDriver driver(io_, address("127.0.0.1:0"));
  driver.start(core, [](Instant) {});
  io_.poll();
  const int before = core.flushes;
  for (int i = 0; i < 100; ++i) driver.wake();
  io_.poll();
  EXPECT_EQ(core.flushes, before + 1);
}

}  // namespace
}  // namespace pixelpass::tunnel
