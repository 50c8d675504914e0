#include "pixelpass/traversal/turn_client.hpp"

#include "coturn.hpp"
#include "stream_world.hpp"
#include "traversal/turn_stream.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

namespace pixelpass::traversal {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;
using namespace test;

/// A TurnClient that speaks over a TurnStream, and all that it was told.
class StreamClient {
 public:
  StreamClient(asio::io_context& io, const RelayServer& server, TurnStream::Settings settings = {})
      : end_(io, server, server.port, settings), client_(settings_of(server), system_random, Clock::now()) {
    end_.on_message = [this](ByteView message) {
      if (const auto relayed = client_.on_message(message, Clock::now()))
        received_.emplace_back(relayed->data.begin(), relayed->data.end());
    };
  }

  [[nodiscard]] TurnClient& client() { return client_; }
  [[nodiscard]] StreamEnd& end() { return end_; }
  [[nodiscard]] const std::vector<Bytes>& received() const { return received_; }
  [[nodiscard]] std::size_t permitted() const { return permitted_; }
  [[nodiscard]] const std::optional<TurnClient::Refused>& refused() const { return refused_; }

  /// What a driver does once a turn.
  void step() {
    const auto now = Clock::now();
    if (client_.next_timeout() && *client_.next_timeout() <= now) client_.on_timeout(now);
    while (const auto bytes = client_.poll_transmit()) end_.stream().send(*bytes);
    while (const auto event = client_.poll_event()) {
      permitted_ += std::holds_alternative<TurnClient::Permitted>(*event) ? 1 : 0;
      if (const auto* refused = std::get_if<TurnClient::Refused>(&*event)) refused_ = *refused;
    }
  }
  bool send(const SocketAddress& peer, ByteView datagrams, std::size_t segment) {
    Bytes out;
    return client_.dress(peer, datagrams, segment, out) > 0 && end_.stream().send(out);
  }

 private:
  static TurnClient::Settings settings_of(const RelayServer& server) {
    return {.credentials = server.credentials("host", system_wall_time() + 1h),
            .transport = server.transport};
  }

  StreamEnd end_;
  TurnClient client_;
  std::vector<Bytes> received_;
  std::size_t permitted_ = 0;
  std::optional<TurnClient::Refused> refused_;
};

/// The real coturn on loopback, over TCP and TLS.
class TurnOverStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto what = Coturn::missing(); !what.empty()) GTEST_SKIP() << "needs " << what;
    const auto files = authority_.issue({"DNS:localhost"});
    tls_port_ = OneServer(io_).port();
    coturn_ = std::make_unique<Coturn>(std::vector<std::string>{
        "no-tls=0", "tls-listening-port=" + std::to_string(tls_port_), "cert=" + files.certificate.string(),
        "pkey=" + files.key.string(), "use-auth-secret", "static-auth-secret=north", "listening-ip=127.0.0.1",
        "relay-ip=127.0.0.1"});
    wait_for_listeners();
  }

  /// It answers over UDP before it listens for streams.
  void wait_for_listeners() {
    for (const auto port : {coturn_->address().port(), tls_port_})
      ASSERT_TRUE(run_until(io_, [&] { return accepts(port); })) << port;
  }
  bool accepts(std::uint16_t port) {
    tcp::socket socket(io_);
    boost::system::error_code error;
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), error);
    if (error) ::poll(nullptr, 0, 5);  // before the next try
    return !error;
  }

  [[nodiscard]] RelayServer server(TurnTransport transport, const std::string& secret = "north") const {
    const bool tls = transport == TurnTransport::kTls;
    auto server = relay(transport, tls ? tls_port_ : coturn_->address().port());
    server.shared_secret = secret;
    return server;
  }
  bool run(const std::vector<StreamClient*>& clients, const std::function<bool()>& done) {
    return run_until(io_, [&] {
      for (auto* client : clients) client->step();
      return done();
    });
  }
  bool allocate(StreamClient& one) {
    return run({&one}, [&] { return one.client().relayed() || one.refused() || one.end().is_lost(); }) &&
           one.client().relayed().has_value();
  }
  /// Twenty segments and a shorter one in one call; all arrive as they were, in whatever order.
  void exchange(StreamClient& from, StreamClient& to) {
    Bytes data(20 * 1201 + 77);
    system_random(data);
    ASSERT_TRUE(from.send(*to.client().relayed(), data, 1201));
    ASSERT_TRUE(run({&from, &to}, [&] { return to.received().size() == 21; }));
    std::vector<Bytes> expected;
    for (std::size_t at = 0; at < data.size(); at += 1201) {
      const auto segment = ByteView(data).subspan(at, std::min<std::size_t>(1201, data.size() - at));
      expected.emplace_back(segment.begin(), segment.end());
    }
    EXPECT_THAT(to.received(), UnorderedElementsAreArray(expected));
  }
  void meet(TurnTransport transport) {
    const Trust trust(authority_.file());
    StreamClient one(io_, server(transport));
    StreamClient two(io_, server(transport));
    ASSERT_TRUE(allocate(one)) << one.end().loss().what;
    ASSERT_TRUE(allocate(two)) << two.end().loss().what;
    one.client().bind_channel(*two.client().relayed(), Clock::now());
    two.client().permit(*one.client().relayed(), Clock::now());
    ASSERT_TRUE(run({&one, &two}, [&] { return one.permitted() > 0 && two.permitted() > 0; }));
    exchange(one, two);
    exchange(two, one);
  }

  asio::io_context io_;
  Authority authority_;
  std::uint16_t tls_port_ = 0;
  std::unique_ptr<Coturn> coturn_;
};

TEST_F(TurnOverStreamTest, two_ends_meet_over_tcp_channels_one_way_and_indications_the_other) {
  meet(TurnTransport::kTcp);
}

TEST_F(TurnOverStreamTest, two_ends_meet_over_tls_channels_one_way_and_indications_the_other) {
  meet(TurnTransport::kTls);
}

// coturn takes plain TURN on its TLS port too: that it is TLS which passes is seen when nobody trusts it.
TEST_F(TurnOverStreamTest, over_tls_it_has_to_be_trusted) {
  const Authority stranger;
  const Trust trust(stranger.file());
  StreamClient one(io_, server(TurnTransport::kTls));
  EXPECT_FALSE(allocate(one));
  EXPECT_THAT(one.end().loss().what, HasSubstr("trusts"));
}

TEST_F(TurnOverStreamTest, a_server_that_goes_away_is_told_over_both) {
  const Trust trust(authority_.file());
  StreamClient tcp(io_, server(TurnTransport::kTcp));
  StreamClient tls(io_, server(TurnTransport::kTls));
  ASSERT_TRUE(allocate(tcp));
  ASSERT_TRUE(allocate(tls));
  coturn_->restart();
  EXPECT_THAT(tcp.end().loss().what, HasSubstr("localhost:"));
  EXPECT_THAT(tls.end().loss().what, HasSubstr("localhost:"));
  wait_for_listeners();
  StreamClient again(io_, server(TurnTransport::kTls));
  EXPECT_TRUE(allocate(again)) << again.end().loss().what;
}

TEST_F(TurnOverStreamTest, a_wrong_secret_is_refused_over_an_open_stream) {
  StreamClient one(io_, server(TurnTransport::kTcp, "south"));
  ASSERT_TRUE(run({&one}, [&] { return one.refused().has_value(); }));
  EXPECT_EQ(one.refused()->error, TurnError::kCredentials);
  EXPECT_FALSE(one.end().is_lost());
}

}  // namespace
}  // namespace pixelpass::traversal
