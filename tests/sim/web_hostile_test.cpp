#include "web_fixture.hpp"

namespace pixelpass::sim {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using tunnel::SessionOpened;
using tunnel::ViewerMoved;

class WebHostile : public WebTest {
 protected:
  WebHostile() { bystander_node = network.add(bystander, kElsewhere); }

  static inline const SocketAddress kElsewhere = *SocketAddress::parse("203.0.113.66:6666");
  Bystander bystander;
  Network::NodeId bystander_node = 0;
};

TEST_F(WebHostile, WhoHasAnotherSecretHearsNothing) {
  auto settings = settings_of(identity);
  settings.secret = {1};
  const auto tab = open(settings);
  show_for(3s);
  EXPECT_EQ(tab->heard_bytes, 0U);
  EXPECT_THAT(events, IsEmpty());
  EXPECT_EQ(host.counters().sessions, 0U);
}

TEST_F(WebHostile, AHelloOfAnotherDayHearsNothing) {
  auto settings = settings_of(identity);
  settings.hello.seconds -= 2 * 24 * 3600;
  const auto tab = open(settings);
  show_for(3s);
  EXPECT_EQ(tab->heard_bytes, 0U);
}

TEST_F(WebHostile, WhoShowsAnotherCertificateThanItsHelloNamesIsNoViewer) {
  const BrowserIdentity other;
  auto settings = settings_of(identity);
  settings.identity = &other;
  const auto tab = open(settings);
  show_for(12s);
  EXPECT_FALSE(tab->is_connected());
  EXPECT_THAT(events, IsEmpty());
  EXPECT_GE(host.counters().handshakes_failed, 1U);
}

TEST_F(WebHostile, ACopyOfACheckMovesNothing) {
  const auto tab = open();
  Bytes check;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from == tab.node && datagram[0] < 4) check = datagram;
  };
  ASSERT_TRUE(join(tab));
  show_for(3s);
  for (int i = 0; i < 20; ++i) {
    network.inject(kElsewhere, kHost, check);
    show_for(100ms);
  }
  EXPECT_THAT(all<ViewerMoved>(), IsEmpty());
  EXPECT_LE(bystander.heard, 20 * check.size()) << "the answers, which are shorter than the checks";
}

TEST_F(WebHostile, CopiesOfWhatABrowserSendsMoveNothing) {
  const auto tab = open({.delay = 1ms});
  bool copies = false;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from != tab.node || !copies) return;
    network.at(network.now() + 5ms, [this, datagram] { network.inject(kElsewhere, kHost, datagram); });
  };
  ASSERT_TRUE(join(tab));
  copies = true;
  show_for(6s);
  EXPECT_THAT(all<ViewerMoved>(), IsEmpty());
  EXPECT_LT(bystander.heard, 2'000U);
}

TEST_F(WebHostile, ReportsThatSomebodyForwardsFromAnotherPortOfTheirAddressMoveNothing) {
  const auto tab = open({.delay = 20ms});
  auto beside = tab.address;
  beside.set_port(6000);
  Bystander neighbour;
  network.add(neighbour, beside);
  ASSERT_TRUE(join(tab));
  std::size_t forwarded = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from != tab.node || datagram[0] < 128) return;
    forwarded += datagram.size();
    network.inject(beside, kHost, datagram);
  };
  show_for(30s);
  EXPECT_GT(neighbour.heard, 0U);
  EXPECT_LE(neighbour.heard, 3 * forwarded);
  EXPECT_THAT(all<ViewerMoved>(), IsEmpty());
  EXPECT_GT(tab->pictures().size(), 850U);
  EXPECT_FALSE(has_left());
}

TEST_F(WebHostile, ReportsFromAnotherPortWithoutTheKeysAreDropped) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  auto beside = tab.address;
  beside.set_port(6000);
  Bystander neighbour;
  network.add(neighbour, beside);
  const auto dropped = host.counters().datagrams_dropped;
  Bytes forged(60, 7);
  forged[0] = 0x81;
  forged[1] = 201;
  for (int i = 0; i < 100; ++i) network.inject(beside, kHost, forged);
  show_for(1s);
  EXPECT_EQ(host.counters().datagrams_dropped, dropped + 100);
  EXPECT_EQ(neighbour.heard, 0U);
  EXPECT_THAT(all<ViewerMoved>(), IsEmpty());
}

TEST_F(WebHostile, HalfAHandshakeFromElsewhereBringsThatAddressNoMoreThanThreeTimesWhatCame) {
  const auto tab = open({.delay = 20ms});
  std::size_t copied = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from != tab.node || tab->has_heard_dtls()) return;
    copied += datagram.size();
    network.inject(kElsewhere, kHost, datagram);
  };
  ASSERT_TRUE(join(tab));
  show_for(10s);
  EXPECT_GT(bystander.heard, 0U);
  EXPECT_LE(bystander.heard, 3 * copied);
  EXPECT_GT(tab->pictures().size(), 250U);
  EXPECT_EQ(host.viewers()[0].lost_packets, 0U) << "what was not sent is not lost";
}

TEST_F(WebHostile, WhoForwardsAllFasterThanTheNetworkBringsThatAddressNoMoreThanThreeTimesWhatCame) {
  const auto tab = open({.delay = 20ms});
  std::size_t copied = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from != tab.node) return;
    copied += datagram.size();
    network.inject(kElsewhere, kHost, datagram);
  };
  show_for(16s);
  EXPECT_GT(bystander.heard, 0U);
  EXPECT_LE(bystander.heard, 3 * copied);
}

TEST_F(WebHostile, WhoHasTheTicketCannotHaveHisStreamSentToSomebodyElse) {
  const auto tab = open({.delay = 20ms});
  bool forges = false;
  std::size_t forged = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from != tab.node || !forges) return;
    forged += datagram.size();
    network.inject(kElsewhere, kHost, datagram);  // what comes from himself is known by then
  };
  ASSERT_TRUE(join(tab));
  forges = true;
  tab->check();
  show_for(30s);
  EXPECT_GT(bystander.heard, 0U);
  EXPECT_LE(bystander.heard, 3 * forged);
  EXPECT_THAT(all<ViewerMoved>(), IsEmpty());
  EXPECT_GT(tab->pictures().size(), 800U) << "who hears goes on watching";
}

TEST_F(WebHostile, TheEndOfAHandshakeWithAForgedAddressBringsThatNoMoreThanThreeTimesWhatCame) {
  const auto tab = open({.delay = 20ms});
  std::size_t forged = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    const bool begins = web::client_random_of(datagram).has_value();
    if (from != tab.node || begins) return;
    forged += datagram.size();
    network.inject(kElsewhere, kHost, datagram);
  };
  ASSERT_TRUE(join(tab));
  show_for(30s);
  EXPECT_LE(bystander.heard, 3 * forged);
  ASSERT_THAT(all<SessionOpened>(), SizeIs(1));
  EXPECT_EQ(all<SessionOpened>()[0].path.remote, tab.address);
  EXPECT_THAT(all<ViewerMoved>(), IsEmpty());
}

TEST_F(WebHostile, WhoMovesAndHearsNothingMoreGetsNothingMore) {
  const auto tab = open({.delay = 20ms});
  ASSERT_TRUE(join(tab));
  show_for(2s);
  const auto others = address_of(99);
  bool forges = false;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from == tab.node && forges) network.inject(tab.address, kHost, datagram);
  };
  network.rebind(tab.node, others);  // and somebody else has the address now
  Bystander heir;
  network.add(heir, tab.address);
  forges = true;
  show_for(30s);
  const auto heard = heir.heard;
  EXPECT_GT(heard, 0U);
  show_for(10s);
  EXPECT_LE(heir.heard, heard + 50'000) << "of some four million";
}

TEST_F(WebHostile, AnUnsignedCheckCostsOneKeysHashesHoweverManyTicketsThereWere) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  for (std::uint8_t i = 0; i < 8; ++i) host.renew_secret({9, i});
  show_for(1s);
  const auto before = host.counters().signatures_checked;
  const BrowserIdentity other;
  auto settings = settings_of(other);
  settings.secret = {1};
  const auto stranger = open(settings);
  network.down(tab.node).cut = network.up(tab.node).cut = true;
  std::size_t checks = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes&) {
    checks += from == stranger.node ? 1U : 0U;
  };
  network.run_for(3s);
  EXPECT_GT(checks, 50U);
  EXPECT_LE(host.counters().signatures_checked - before, checks);
}

TEST_F(WebHostile, AnUntimelyCheckCostsNoHash) {
  auto settings = settings_of(identity);
  settings.hello.seconds -= 2 * 24 * 3600;
  const auto tab = open(settings);
  network.run_for(3s);
  EXPECT_EQ(host.counters().signatures_checked, 0U);
}

/// Pictures for four seconds, sound for one more, and then no more than three times what its checks have.
TEST_F(WebHostile, WhoNeverReportsGetsNoStreamForLong) {
  constexpr Duration kPictures = 4s, kAll = 5s, kGone = 20s;
  const auto tab = open();
  tab->never_reports = true;
  std::size_t checked = 0;
  network.on_transmit = [&](Network::NodeId from, const Bytes& datagram) {
    if (from == tab.node) checked += datagram.size();
  };
  ASSERT_TRUE(join(tab));
  const auto began = network.now();
  show_for(kAll + 100ms);
  const auto pictures = kPictures / kPictureInterval + 1;  // the first is a keyframe, four times as large
  const auto payload = picture_bytes * static_cast<std::size_t>(pictures + 3);
  const auto heard = tab->heard_bytes;
  EXPECT_GE(heard, payload);
  EXPECT_LE(heard, payload * 104 / 100 + 35'000) << "headers; sound, reports and the handshake";
  checked = 0;
  show_for(5s);
  EXPECT_GT(checked, 0U);
  EXPECT_LE(tab->heard_bytes, heard + 3 * checked);
  ASSERT_EQ(host.viewer_count(), 1U);
  EXPECT_EQ(host.viewers()[0].line.waiting_bytes, 0U);
  EXPECT_TRUE(show_until([&] { return has_left(); }, 12s));
  EXPECT_NEAR(to_ms(network.now() - began), to_ms(kGone), 100);
}

TEST_F(WebHostile, WhoOnlyChecksHoldsNoPlaceForLong) {
  auto settings = settings_of(identity);
  settings.shakes_hands = false;
  const auto tab = open(settings);
  show_for(10s);
  EXPECT_GT(tab->answers, 0U);
  EXPECT_THAT(events, IsEmpty());
  EXPECT_EQ(host.counters().sessions, 1U);
  remove(tab);
  show_for(20s);
  EXPECT_EQ(host.next_timeout(), std::nullopt) << "nothing is left of it";
}

TEST_F(WebHostile, AFloodOfHalfOpenSessionsKeepsNobodyElseOut) {
  const auto slow = open({.delay = 400ms});
  network.run_for(900ms);  // its first check has been answered
  std::vector<Tab> flood;
  for (int i = 0; i < 200; ++i) {
    auto settings = settings_of(identity);
    settings.shakes_hands = i % 2 == 0;
    flood.push_back(open(settings));
    network.rebind(flood.back().node, *SocketAddress::parse("203.0.113.5:" + std::to_string(10'000 + i)));
    network.down(flood.back().node).cut = i % 2 == 0;  // half a handshake
  }
  const BrowserIdentity other;
  const auto late = open(settings_of(other));
  EXPECT_TRUE(join(late));
  EXPECT_TRUE(join(slow, 6s));
  EXPECT_GT(host.counters().sessions, 150U);
}

TEST_F(WebHostile, WhoBeginsManyHandshakesLeavesSomeForOthers) {
  std::vector<Tab> flood;
  for (int i = 0; i < 200; ++i) {
    flood.push_back(open());
    network.rebind(flood.back().node, *SocketAddress::parse("203.0.113.5:" + std::to_string(10'000 + i)));
  }
  const BrowserIdentity other;
  const auto late = open(settings_of(other));
  EXPECT_TRUE(join(late, 1s));
  EXPECT_LE(host.counters().handshakes, 20U);
}

TEST_F(WebHostile, NoiseIsDropped) {
  const auto tab = open();
  ASSERT_TRUE(join(tab));
  const auto random = seeded_random(3);
  const auto dropped = host.counters().datagrams_dropped;
  for (int i = 0; i < 300; ++i) {
    Bytes noise(static_cast<std::size_t>(i) + 1);
    random(noise);
    if (i % 3 == 0) noise[0] = 0;
    if (i % 3 == 1) noise[0] = 22;
    if (i % 3 == 2) noise[0] = 0x80;
    network.inject(i % 2 == 0 ? tab.address : kElsewhere, kHost, noise);
  }
  show_for(1s);
  EXPECT_GE(host.counters().datagrams_dropped, dropped + 150);
  EXPECT_GT(tab->pictures().size(), 20U);
  EXPECT_FALSE(has_left());
  EXPECT_EQ(bystander.heard, 0U);
}

}  // namespace
}  // namespace pixelpass::sim
