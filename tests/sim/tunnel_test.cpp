#include "relayed_host.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <utility>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kTunnelSeed = 7;

TEST(Tunnel, ShowsTheNewestGroupToWhoHasTheTicket) {
  Call call(kTunnelSeed);
  call.host.show({});
  call.network.run_for(1s);
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  EXPECT_EQ(viewer.count<Connected>(), 1u);
  EXPECT_EQ(viewer.frames[0].index, 0u);
  EXPECT_EQ(call.host.count<SessionOpened>(), 1u);
  call.network.run_for(5s);
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_EQ(viewer.damaged, 0u);
  EXPECT_EQ(viewer.skipped_groups(), 0u);
  EXPECT_GE(viewer.frames.size(), 150u);
}

TEST(Tunnel, MeasuresTheLagOnTheViewersClock) {
  Call call(kTunnelSeed);
  auto& viewer = call.join();
  call.network.set_both(viewer.node(), {.delay = 20ms});
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(10s);
  EXPECT_GE(viewer.lag_at(0.5, 30), 21ms);  // 1 ms of it is the host's own line
  EXPECT_LE(viewer.lag_at(0.5, 30), 25ms);
}

TEST(Tunnel, AcknowledgesAViewerNearByWithThePicturesThatGoAnyway) {
  Call call(kTunnelSeed);
  call.join();
  const std::size_t one_datagram = std::size_t{188} * 5;
  call.host.show({.fps = 60, .keyframe_bytes = one_datagram, .frame_bytes = one_datagram});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(5s);
  const auto before = call.network.datagrams_from(call.host.node());
  call.network.run_for(10s);
  const auto pictures = std::uint64_t{60} * 10;
  EXPECT_LE(call.network.datagrams_from(call.host.node()) - before, pictures + pictures / 10);
}

/// Datagrams a second that a viewer sends who gets so many pictures in a second, of so many bytes.
double sent_a_second(int fps, std::size_t bytes) {
  Call call(kTunnelSeed);
  auto& viewer = call.join();
  call.host.show({.fps = fps, .keyframe_bytes = bytes, .frame_bytes = bytes});
  EXPECT_TRUE(call.until_all_see());
  call.network.run_for(5s);
  const auto before = call.network.datagrams_from(viewer.node());
  call.network.run_for(10s);
  EXPECT_EQ(viewer.order_error(), "");
  return static_cast<double>(call.network.datagrams_from(viewer.node()) - before) / 10;
}

TEST(Tunnel, AcknowledgesPicturesThatFollowEachOtherCloselyTwoAtATime) {
  const auto bytes = std::size_t{188} * 80;
  EXPECT_LE(sent_a_second(60, bytes), 45);
  EXPECT_GE(sent_a_second(60, bytes), 30);
  EXPECT_GE(sent_a_second(30, bytes), 30);
}

/// A core whose driver counts how often its timer is due.
class CountedTimeouts final : public net::DatagramCore {
 public:
  explicit CountedTimeouts(net::DatagramCore& core) : core_(core) {}
  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override {
    core_.on_datagram(path, bytes, ecn, now);
  }
  void on_timeout(Instant now) override {
    ++count;
    core_.on_timeout(now);
  }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return core_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) override { return core_.flush(sink, now); }
  int count = 0;

 private:
  net::DatagramCore& core_;
};

TEST(Tunnel, WakesUpForNoPacerWhenAPictureIsSentWhole) {
  Call call(kTunnelSeed);
  call.join();
  const auto bytes = std::size_t{188} * 80;
  call.host.show({.fps = 60, .keyframe_bytes = bytes, .frame_bytes = bytes});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(5s);
  CountedTimeouts host(call.host.tunnel());
  call.network.replace(call.host.node(), host);
  call.network.run_for(10s);
  const int pictures = 60 * 10;
  EXPECT_LE(host.count, pictures / 4);
}

TEST(Tunnel, StaysSilentToAViewerWithoutTheSecret) {
  Call call(kTunnelSeed);
  call.host.show({});
  auto ticket = call.host.ticket();
  ticket.secret[0] ^= 1;
  auto& viewer = call.join(ticket);
  call.network.run_for(20s);
  EXPECT_EQ(viewer.count<Unreachable>(), 1u);
  EXPECT_EQ(viewer.last<Unreachable>()->tried.size(), 1u);
  EXPECT_EQ(call.network.datagrams_from(call.host.node()), 0u);
  EXPECT_GT(call.host.tunnel().counters().datagrams_dropped, 0u);
}

/// The same key as of the host of that seed, since it is made first, in another certificate.
Identity with_another_certificate(std::uint64_t seed) {
  return Identity::generate(
      [first = seeded_random(seed), later = seeded_random(99), is_first = true](auto out) mutable {
        std::exchange(is_first, false) ? first(out) : later(out);
      });
}

TEST(Tunnel, RefusesAnotherCertificateOfTheHostsOwnKey) {
  Call call(kTunnelSeed);
  call.host.show({});
  const auto other = with_another_certificate(kTunnelSeed);
  ASSERT_EQ(EVP_PKEY_eq(other.key(), call.host.identity().key()), 1);
  auto ticket = call.host.ticket();
  ticket.fingerprint = other.fingerprint();
  auto& viewer = call.join(ticket);
  call.network.run_for(20s);
  EXPECT_EQ(viewer.count<WrongHost>(), 1u);
  EXPECT_TRUE(viewer.frames.empty());
}

// An address is sent three times what came from it until it has answered (RFC 9000, 8.1): with a larger
// certificate the host would have to wait for that.
TEST(Tunnel, ShakesHandsWithoutAWaitForTheAddressToBeProven) {
  constexpr auto kRoundTrip = 200ms;
  Call call(kTunnelSeed);
  auto& viewer = call.join();
  const Link line{.delay = kRoundTrip / 2};
  call.network.set_both(viewer.node(), line);
  const auto started = call.network.now();
  std::size_t answered = 0;
  call.network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from == call.host.node()) answered += datagram.size();
  };
  // The viewer's answer to the host's first flight has not arrived yet.
  call.network.run_for(kRoundTrip + kRoundTrip / 4);
  EXPECT_GT(answered, 600u) << "the host has not shown its certificate";
  EXPECT_LE(answered, 2 * 1200u) << "of the three datagrams that it may send at most";
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<Connected>() == 1; }, 5s));
  EXPECT_LT(call.network.now() - started, 2 * kRoundTrip + kRoundTrip / 4);
}

TEST(Tunnel, RefusesAHostWhoseCertificateIsNotTheTickets) {
  Call call(kTunnelSeed);
  call.host.show({});
  auto ticket = call.host.ticket();
  ticket.fingerprint = Identity::generate(seeded_random(99)).fingerprint();
  auto& viewer = call.join(ticket);
  call.network.run_for(20s);
  EXPECT_EQ(viewer.count<WrongHost>(), 1u);
  EXPECT_TRUE(viewer.frames.empty());
}

TEST(Tunnel, TellsOneTooManyThatTheHostIsFull) {
  Call call(kTunnelSeed, 1);
  call.host.show({});
  auto& first = call.join();
  ASSERT_TRUE(call.until_all_see());
  auto& second = call.join();
  call.network.run_for(3s);
  ASSERT_EQ(second.count<RefusedByHost>(), 1u);
  EXPECT_EQ(second.last<RefusedByHost>()->reason, wire::RefusedReason::kFull);
  EXPECT_TRUE(second.frames.empty());
  EXPECT_EQ(first.order_error(), "");
  EXPECT_EQ(first.skipped_groups(), 0u);
  EXPECT_EQ(call.host.tunnel().viewers().size(), 1u);
}

TEST(Tunnel, LetsTheNextOneInWhenAViewerHasLeft) {
  Call call(kTunnelSeed, 1);
  call.host.show({});
  auto& first = call.join();
  ASSERT_TRUE(call.until_all_see());
  first.close("done");
  ASSERT_TRUE(call.network.run_until([&] { return call.host.count<SessionClosed>() == 1; }, 1s));
  call.join();
  EXPECT_TRUE(call.until_all_see());
}

TEST(Tunnel, TellsViewersWhenTheHostLeaves) {
  Call call(kTunnelSeed);
  call.host.show({});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  call.host.tunnel().close("goodbye", call.network.now());
  call.network.touch(call.host.node());
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<HostLeft>() == 1; }, 1s));
  EXPECT_EQ(viewer.last<HostLeft>()->reason, "goodbye");
  EXPECT_EQ(viewer.count<Reconnecting>(), 0u);
}

TEST(Tunnel, SendsADescriptionThatChanges) {
  Call call(kTunnelSeed);
  call.host.show({});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  StreamDescription stream;
  stream.width = 1920;
  call.host.tunnel().describe(stream);
  call.network.touch(call.host.node());
  call.network.run_for(1s);
  EXPECT_EQ(viewer.last<Described>()->stream.width, 1920);
}

TEST(Tunnel, DialsAllAddressesAndTakesTheOneThatAnswers) {
  Call call(kTunnelSeed);
  call.host.show({});
  auto ticket = call.host.ticket();
  ticket.candidates.insert(ticket.candidates.begin(),
                           {CandidateKind::kHost, *SocketAddress::parse("192.0.2.77:1")});
  ticket.candidates.push_back({CandidateKind::kHost, *SocketAddress::parse("192.0.2.78:1")});
  auto& viewer = call.join(ticket);
  ASSERT_TRUE(call.until_all_see(2s));
  EXPECT_EQ(viewer.last<Connected>()->path.remote, call.host.address());
  EXPECT_EQ(call.host.tunnel().viewers().size(), 1u);
}

TEST(Tunnel, KeepsToTheRelayOverWhichAViewerCame) {
  Call call(kTunnelSeed);
  RelayedHost relay(call.host.tunnel(), call.host.address());
  call.network.replace(call.host.node(), relay);
  call.host.show({});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(5s);
  EXPECT_TRUE(last_of<SessionOpened>(call.host.events)->path.is_relayed());
  EXPECT_TRUE(call.host.tunnel().viewers().at(0).path.is_relayed());
  EXPECT_FALSE(viewer.last<Connected>()->path.is_relayed());
  EXPECT_GT(relay.sent_relayed, 0u);
  EXPECT_EQ(relay.sent_direct, 0u);
}

TEST(Tunnel, AsksForAKeyframeWhenSomebodyJoinsALongGroup) {
  Call call(kTunnelSeed);
  call.host.show({});
  call.network.run_for(1500ms);
  call.join();
  ASSERT_TRUE(call.until_all_see());
  EXPECT_EQ(call.host.keyframes_asked, 1u);
}

TEST(Tunnel, WhoJoinsAGroupThatHasLostItsStartGetsTheNextOne) {
  Call call(kTunnelSeed);
  // More than a broadcast keeps, after two of a group's four seconds.
  call.host.show({.frames_per_group = 120, .frame_bytes = std::size_t{188} * 3000});
  call.network.run_for(3s);
  ASSERT_GT(call.host.broadcast().counters().trimmed_frames, 0u);
  const auto trimmed = call.host.broadcast().newest_group();
  auto& viewer = call.join();
  call.network.run_for(500ms);
  EXPECT_EQ(viewer.count<Connected>(), 1u);
  EXPECT_TRUE(viewer.frames.empty());
  ASSERT_TRUE(call.until_all_see());
  EXPECT_EQ(viewer.frames[0].group, trimmed + 1);
  EXPECT_EQ(viewer.frames[0].index, 0u);
}

TEST(Tunnel, LetsAViewerInAfterTheMachinesSleptForDays) {
  Call call(kTunnelSeed);
  call.host.show({});
  call.network.slept = 72h;
  call.join();
  EXPECT_TRUE(call.until_all_see());
}

TEST(Tunnel, PassesAViewersWishForAKeyframeOn) {
  Call call(kTunnelSeed);
  call.host.show({});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  const auto before = call.host.keyframes_asked;
  viewer.tunnel().request_keyframe();
  call.network.touch(viewer.node());
  call.network.run_for(100ms);
  EXPECT_EQ(call.host.keyframes_asked, before + 1);
}

}  // namespace
}  // namespace pixelpass::sim
