#include "tunnel/connection_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

namespace pixelpass::tunnel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Silent : public Connection::Protocol {
  void on_handshake_completed() override {}
  void on_stream_data(std::int64_t, ByteView, bool) override {}
  bool on_stream_closed(std::int64_t, SendStream*) override { return false; }
  void on_stop_sending(SendStream&) override {}
  SendStream* prepare_next() override { return nullptr; }
  [[nodiscard]] bool wants_to_send() const override { return false; }
  void on_closed(const CloseInfo&) override {}
};

/// Notes who is asked for anything, and who is told that its time has come.
struct Looks {
  std::set<int> at;
  std::vector<int> called;
};

class Watched final : public Silent {
 public:
  Watched(int number, Looks& looks, std::optional<Instant> timeout)
      : number_(number), looks_(looks), timeout_(timeout) {}

 private:
  SendStream* prepare_next() override {
    looks_.at.insert(number_);
    return nullptr;
  }
  [[nodiscard]] std::optional<Instant> next_timeout() const override {
    looks_.at.insert(number_);
    return timeout_;
  }
  void on_timeout(Instant) override {
    looks_.called.push_back(number_);
    timeout_.reset();
  }

  int number_;
  Looks& looks_;
  std::optional<Instant> timeout_;
};

class Collector final : public net::DatagramSink {
 public:
  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn) override {
    if (full) return false;
    to.push_back(path.remote);
    sent.emplace_back(bytes.begin(), bytes.end());
    segments.push_back(segment);
    return true;
  }
  bool full = false;
  std::vector<SocketAddress> to;
  std::vector<Bytes> sent;
  std::vector<std::size_t> segments;
};

ngtcp2_cid make_id(ByteView bytes) {
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, bytes.data(), bytes.size());
  return id;
}

class ConnectionSetTest : public ::testing::Test {
 protected:
  Connection& dial(const char* remote = "192.0.2.1:1") { return dial(std::make_unique<Silent>(), remote); }
  Connection& dial(std::unique_ptr<Connection::Protocol> protocol, const char* remote = "192.0.2.1:1") {
    return set_.add(Connection::dial(
        {tls_, set_.ids(), random_}, {SocketAddress(), *SocketAddress::parse(remote)},
        KnockKey(Secret{}).make(UnixTime{}, random_), Fingerprint{}, std::move(protocol), kNow));
  }
  Connection* route(ByteView datagram) { return set_.route(datagram, destination_); }

  static constexpr Instant kNow{1h};
  Random random_ = seeded_random(1);
  TlsContext tls_ = TlsContext::viewer();
  ConnectionSet set_;
  ByteView destination_;
};

TEST_F(ConnectionSetTest, RoutesAShortHeaderByItsFirstEightBytes) {
  auto& connection = dial();
  const Bytes id{1, 2, 3, 4, 5, 6, 7, 8};
  set_.ids().add(make_id(id), connection);
  Bytes datagram{0x40, 1, 2, 3, 4, 5, 6, 7, 8, 99, 99};
  EXPECT_EQ(route(datagram), &connection);
  EXPECT_TRUE(std::ranges::equal(destination_, id));
  datagram[8] = 9;
  EXPECT_EQ(route(datagram), nullptr);
  EXPECT_EQ(destination_.size(), kConnectionIdBytes);
}

TEST_F(ConnectionSetTest, RoutesALongHeaderByTheLengthItSays) {
  auto& connection = dial();
  const Bytes id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  set_.ids().add(make_id(id), connection);
  Bytes datagram{0xc0, 0, 0, 0, 1, 18};
  datagram.insert(datagram.end(), id.begin(), id.end());
  datagram.insert(datagram.end(), {4, 1, 2, 3, 4, 0});
  datagram.resize(datagram.size() + 32);
  EXPECT_EQ(route(datagram), &connection);
  datagram[5] = 17;  // a prefix is another id
  EXPECT_EQ(route(datagram), nullptr);
  EXPECT_EQ(destination_.size(), 17u);
}

TEST_F(ConnectionSetTest, RoutesNothingThatIsCutOff) {
  auto& connection = dial();
  const Bytes id{1, 2, 3, 4, 5, 6, 7, 8};
  set_.ids().add(make_id(id), connection);
  const Bytes brief{0x40, 1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes full{0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 5};
  ASSERT_EQ(route(brief), &connection);
  ASSERT_EQ(route(full), &connection);
  for (const auto* datagram : {&brief, &full})
    for (std::size_t size = 0; size < datagram->size(); ++size)
      EXPECT_EQ(route(ByteView(*datagram).first(size)), nullptr) << size;
}

TEST_F(ConnectionSetTest, RoutesGarbageNowhere) {
  dial();
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes datagram(random() % 64);
    std::ranges::generate(datagram, [&] { return static_cast<std::uint8_t>(random()); });
    EXPECT_EQ(route(datagram), nullptr);
  }
}

TEST_F(ConnectionSetTest, ForgetsAConnectionsIdsWithIt) {
  ConnectionIds ids;
  const Bytes mine{1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes others{8, 7, 6, 5, 4, 3, 2, 1};
  auto& a = dial();
  auto& b = dial();
  OwnConnectionIds of_b(ids, b);
  of_b.add(make_id(others));
  {
    OwnConnectionIds of_a(ids, a);
    of_a.add(make_id(mine));
    EXPECT_EQ(ids.find(mine), &a);
  }
  EXPECT_EQ(ids.find(mine), nullptr);
  EXPECT_EQ(ids.find(others), &b);
  of_b.remove(make_id(others));
  EXPECT_EQ(ids.find(others), nullptr);
}

TEST_F(ConnectionSetTest, LeavesAnIdToWhoHasTakenItSince) {
  ConnectionIds ids;
  const Bytes both{1, 2, 3, 4, 5, 6, 7, 8};
  auto& a = dial();
  auto& b = dial();
  OwnConnectionIds of_b(ids, b);
  {
    OwnConnectionIds of_a(ids, a);
    of_a.add(make_id(both));
    of_b.add(make_id(both));
  }
  EXPECT_EQ(ids.find(both), &b);
}

TEST_F(ConnectionSetTest, OffersAFullSinkTheSameDatagramsAgain) {
  dial("192.0.2.1:1");
  dial("192.0.2.2:2");
  Collector sink;
  sink.full = true;
  EXPECT_FALSE(set_.flush(sink, kNow));
  EXPECT_FALSE(set_.flush(sink, kNow));
  sink.full = false;
  EXPECT_TRUE(set_.flush(sink, kNow));
  ASSERT_EQ(sink.to.size(), 2u);
  EXPECT_EQ(sink.to[0].to_string(), "192.0.2.1:1");
  EXPECT_EQ(sink.to[1].to_string(), "192.0.2.2:2");
}

TEST_F(ConnectionSetTest, LooksAtNoOtherConnectionForADatagram) {
  Looks looks;
  std::vector<Connection*> all;
  all.reserve(100);
  for (int i = 0; i < 100; ++i) all.push_back(&dial(std::make_unique<Watched>(i, looks, kNow + 1h)));
  Collector sink;
  set_.flush(sink, kNow);
  ASSERT_EQ(looks.at.size(), 100u);
  looks.at.clear();
  // A turn as the driver takes it.
  all[42]->on_datagram({}, Bytes(50, 0x40), 0, kNow);
  set_.touch(*all[42]);
  ASSERT_GT(set_.next_timeout(), kNow);
  set_.on_timeout(kNow);
  set_.flush(sink, kNow);
  ASSERT_GT(set_.next_timeout(), kNow);
  EXPECT_THAT(looks.at, ElementsAre(42));
}

TEST_F(ConnectionSetTest, LooksAtThoseAloneWhoseTimeHasCome) {
  Looks looks;
  for (int i = 0; i < 100; ++i) dial(std::make_unique<Watched>(i, looks, kNow + i * 1us));
  Collector sink;
  set_.flush(sink, kNow);
  EXPECT_EQ(set_.next_timeout(), kNow);
  looks.at.clear();
  set_.on_timeout(kNow + 2us);
  set_.flush(sink, kNow + 2us);
  EXPECT_THAT(looks.called, ElementsAre(0, 1, 2));
  EXPECT_THAT(looks.at, ElementsAre(0, 1, 2));
  EXPECT_EQ(set_.next_timeout(), kNow + 3us);
}

TEST_F(ConnectionSetTest, WaitsNoLongerForAConnectionThatIsClosed) {
  Looks looks;
  auto& connection = dial(std::make_unique<Watched>(0, looks, kNow + 1us));
  Collector sink;
  set_.flush(sink, kNow);
  connection.close(CloseCode::kBye, "done", kNow);
  set_.touch(connection);
  EXPECT_GT(set_.next_timeout(), kNow + 1us);
  set_.on_timeout(kNow + 1us);
  EXPECT_THAT(looks.called, IsEmpty());
}

TEST_F(ConnectionSetTest, DestroysAConnectionOnceItsCloseHasBeenSaidLongEnough) {
  auto& connection = dial();
  Collector sink;
  set_.flush(sink, kNow);
  connection.close(CloseCode::kBye, "done", kNow);
  set_.touch(connection);
  set_.flush(sink, kNow);
  EXPECT_EQ(set_.size(), 1u);
  const auto end = set_.next_timeout();
  ASSERT_TRUE(end);
  EXPECT_GT(*end, kNow);
  set_.on_timeout(*end);
  set_.flush(sink, *end);
  EXPECT_EQ(set_.size(), 0u);
  EXPECT_FALSE(set_.next_timeout());
}

TEST_F(ConnectionSetTest, DestroysTheOldestOfThoseThatLingerWhereThereAreTooMany) {
  std::vector<Connection*> all;
  all.reserve(5);
  for (int i = 0; i < 5; ++i) all.push_back(&dial());
  Collector sink;
  set_.flush(sink, kNow);
  for (const auto i : {4, 1, 3}) {
    all[static_cast<std::size_t>(i)]->close(CloseCode::kBye, "done", kNow);
    set_.touch(*all[static_cast<std::size_t>(i)]);
  }
  set_.limit_closing(2);
  EXPECT_TRUE(all[1]->is_gone());
  EXPECT_FALSE(all[3]->is_gone() || all[4]->is_gone());
  EXPECT_FALSE(all[0]->is_closed() || all[2]->is_closed()) << "they do not linger";
  set_.flush(sink, kNow);
  EXPECT_EQ(set_.size(), 4u);
  set_.limit_closing(0);
  set_.flush(sink, kNow);
  EXPECT_EQ(set_.size(), 2u);
}

TEST_F(ConnectionSetTest, CountsNobodyWhoLingersNoMore) {
  auto& first = dial();
  auto& second = dial();
  Collector sink;
  set_.flush(sink, kNow);
  first.close(CloseCode::kBye, "done", kNow);
  set_.touch(first);
  set_.flush(sink, kNow);
  const auto end = *set_.next_timeout();
  second.close(CloseCode::kBye, "done", end);
  set_.touch(second);
  set_.on_timeout(end);
  set_.limit_closing(1);
  EXPECT_FALSE(second.is_gone()) << "the first one's time was over";
}

TEST_F(ConnectionSetTest, SaysACloseAgainEverMoreRarely) {
  auto& connection = dial();
  Collector sink;
  set_.flush(sink, kNow);
  connection.close(CloseCode::kBye, "done", kNow);
  sink.sent.clear();
  for (int i = 0; i < 1000; ++i) {
    connection.on_datagram({}, Bytes(50, 0x40), 0, kNow);
    set_.touch(connection);
    set_.flush(sink, kNow);
  }
  EXPECT_EQ(sink.sent.size(), 10u);  // after 1 (with the first), 2, 4, … 512
}

}  // namespace
}  // namespace pixelpass::tunnel
