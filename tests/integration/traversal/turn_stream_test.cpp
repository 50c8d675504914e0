#include "traversal/turn_stream.hpp"

#include "pixelpass/traversal/stun_message.hpp"

#include "own_network.hpp"
#include "stream_world.hpp"
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace pixelpass::traversal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace test;

/// Sooner than anybody should answer who never does.
constexpr TurnStream::Settings kShort{.deadline = 200ms};

Bytes request() {
  return StunWriter(StunClass::kRequest, StunMethod::kBinding, make_transaction_id(system_random)).take();
}

/// ChannelData for a peer.
Bytes channel_data(std::uint16_t size) {
  Bytes bytes{0x40, 0x00, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  bytes.resize(bytes.size() + size);
  return bytes;
}

class TurnStreamTest : public ::testing::Test {
 protected:
  /// One clear line and something to do, without what lets anybody in.
  static void expect_clear(const Error& error, const std::string& part) {
    EXPECT_THAT(error.what, AllOf(HasSubstr(part), HasSubstr("localhost:"), Not(HasSubstr("\n"))));
    EXPECT_FALSE(error.hint.empty());
    EXPECT_THAT(error.what + error.hint, AllOf(Not(HasSubstr("anna")), Not(HasSubstr("tree"))));
  }
  /// What a server with this certificate is refused for.
  Error refusal(const ServerFiles& files, const std::string& host = "localhost") {
    TlsServer server(io_, files);
    StreamEnd end(io_, relay(TurnTransport::kTls, server.port(), host), server.port());
    const auto loss = end.loss();
    EXPECT_FALSE(end.is_open());
    return loss;
  }

  asio::io_context io_;
  Authority authority_;
};

TEST_F(TurnStreamTest, knows_when_its_own_address_is_gone) {
  SKIP_WITHOUT_OWN_NETWORK([] {
    ip("link set lo up");
    ip("address add 10.1.2.3/24 dev lo");
    asio::io_context io;
    tcp::acceptor listens(io, {asio::ip::make_address("10.1.2.3"), 0});
    const auto port = listens.local_endpoint().port();
    const auto server = *SocketAddress::parse("10.1.2.3:" + std::to_string(port));
    StreamEnd end(io, relay(TurnTransport::kTcp, port), server, {});
    ASSERT_TRUE(end.opens()) << end.loss().what;
    EXPECT_TRUE(end.stream().has_own_address());
    ip("address delete 10.1.2.3/24 dev lo");
    EXPECT_FALSE(end.stream().has_own_address());
  });
}

TEST_F(TurnStreamTest, opens_to_who_has_a_certificate_for_the_name_that_was_asked_for) {
  const Trust trust(authority_.file());
  TlsServer server(io_, authority_.issue({"DNS:other.example", "DNS:localhost"}));
  StreamEnd end(io_, relay(TurnTransport::kTls, server.port()), server.port());
  EXPECT_TRUE(end.opens()) << end.loss().what;
  EXPECT_TRUE(run_until(io_, [&] { return server.asked_for() == "localhost"; }));
}

TEST_F(TurnStreamTest, a_name_with_the_roots_dot_is_the_same_name) {
  const Trust trust(authority_.file());
  TlsServer server(io_, authority_.issue({"DNS:localhost"}));
  StreamEnd end(io_, relay(TurnTransport::kTls, server.port(), "localhost."), server.port());
  EXPECT_TRUE(end.opens()) << end.loss().what;
  EXPECT_TRUE(run_until(io_, [&] { return server.asked_for() == "localhost"; }));
}

TEST_F(TurnStreamTest, a_certificate_may_be_for_an_address) {
  const Trust trust(authority_.file());
  TlsServer server(io_, authority_.issue({"IP:127.0.0.1"}));
  StreamEnd end(io_, relay(TurnTransport::kTls, server.port(), "127.0.0.1"), server.port());
  EXPECT_TRUE(end.opens()) << end.loss().what;
  EXPECT_THAT(refusal(authority_.issue({"IP:127.0.0.2"}), "127.0.0.1").what, HasSubstr("another name"));
}

TEST_F(TurnStreamTest, a_certificate_for_another_name_is_refused) {
  const Trust trust(authority_.file());
  const auto error = refusal(authority_.issue({"DNS:other.example", "DNS:third.example"}));
  expect_clear(error, "another name");
  EXPECT_THAT(error.what, HasSubstr("other.example, third.example"));
}

TEST_F(TurnStreamTest, a_certificate_of_an_authority_that_nobody_trusts_is_refused) {
  const Authority stranger;
  const Trust trust(stranger.file());
  expect_clear(refusal(authority_.issue({"DNS:localhost"})), "nobody whom this machine trusts");
}

TEST_F(TurnStreamTest, without_a_word_the_systems_store_counts_which_knows_no_authority_of_the_tests) {
  expect_clear(refusal(authority_.issue({"DNS:localhost"})), "nobody whom this machine trusts");
}

TEST_F(TurnStreamTest, an_expired_certificate_is_refused) {
  const Trust trust(authority_.file());
  expect_clear(refusal(authority_.issue({"DNS:localhost"}, -3600s)), "expired");
}

TEST_F(TurnStreamTest, a_dead_server_is_told) {
  std::uint16_t port = 0;
  {
    const OneServer server(io_);
    port = server.port();
  }
  for (const auto transport : {TurnTransport::kTcp, TurnTransport::kTls}) {
    StreamEnd end(io_, relay(transport, port), port);
    expect_clear(end.loss(), "nothing listens");
  }
}

TEST_F(TurnStreamTest, a_server_that_does_not_even_refuse_is_told) {
  tcp::acceptor full(io_);
  full.open(tcp::v4());
  full.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  // One waits to be accepted; the kernel drops what more of them send.
  std::list<tcp::socket> waiting;
  for (int i = 0; i < 4; ++i) {
    auto& socket = waiting.emplace_back(io_);
    socket.async_connect(full.local_endpoint(), [](boost::system::error_code) {});
  }
  const auto port = full.local_endpoint().port();
  StreamEnd end(io_, relay(TurnTransport::kTcp, port), SocketAddress::loopback(port), kShort);
  expect_clear(end.loss(), "does not answer");
}

TEST_F(TurnStreamTest, a_server_that_accepts_and_says_nothing_is_told) {
  const OneServer server(io_);
  StreamEnd plain(io_, relay(TurnTransport::kTcp, server.port()), server.port(), kShort);
  ASSERT_TRUE(plain.opens());
  EXPECT_TRUE(plain.stream().send(request()));
  expect_clear(plain.loss(), "does not answer as a TURN server");
  EXPECT_FALSE(plain.stream().send(request()));
  StreamEnd tls(io_, relay(TurnTransport::kTls, server.port()), server.port(), kShort);
  expect_clear(tls.loss(), "does not answer in TLS");
}

TEST_F(TurnStreamTest, an_open_stream_may_be_silent_while_nothing_was_asked) {
  OneServer server(io_);
  tcp::socket* far_end = nullptr;
  server.on_connection = [&](tcp::socket& socket) { far_end = &socket; };
  StreamEnd end(io_, relay(TurnTransport::kTcp, server.port()), server.port(), kShort);
  ASSERT_TRUE(end.opens());
  asio::steady_timer later(io_, 3 * kShort.deadline);
  bool is_later = false;
  later.async_wait([&](boost::system::error_code) { is_later = true; });
  ASSERT_TRUE(run_until(io_, [&] { return is_later && far_end; }));
  EXPECT_FALSE(end.is_lost());
  asio::write(*far_end, asio::buffer(request()));
  EXPECT_TRUE(run_until(io_, [&] { return end.messages().size() == 1; }));
}

TEST_F(TurnStreamTest, a_server_that_does_not_speak_tls_is_told) {
  OneServer server(io_);
  server.on_connection = [](tcp::socket& socket) {
    asio::write(socket, asio::buffer("SSH-2.0-something\r\n", 19));
  };
  StreamEnd end(io_, relay(TurnTransport::kTls, server.port()), server.port());
  expect_clear(end.loss(), "does not speak TLS");
}

TEST_F(TurnStreamTest, a_server_that_speaks_something_else_is_told) {
  OneServer server(io_);
  server.on_connection = [](tcp::socket& socket) {
    asio::write(socket, asio::buffer("220 mail.example.com ESMTP\r\n", 28));
  };
  StreamEnd end(io_, relay(TurnTransport::kTcp, server.port()), server.port());
  expect_clear(end.loss(), "no TURN server");
}

TEST_F(TurnStreamTest, a_server_that_goes_away_is_told) {
  OneServer server(io_);
  tcp::socket* far_end = nullptr;
  server.on_connection = [&](tcp::socket& socket) { far_end = &socket; };
  StreamEnd end(io_, relay(TurnTransport::kTcp, server.port()), server.port());
  ASSERT_TRUE(end.opens());
  ASSERT_TRUE(run_until(io_, [&] { return far_end != nullptr; }));
  far_end->close();
  expect_clear(end.loss(), "closed the connection");
}

TEST_F(TurnStreamTest, what_is_live_is_dropped_when_the_server_does_not_read_and_the_rest_is_not) {
  const OneServer server(io_);
  StreamEnd end(io_, relay(TurnTransport::kTcp, server.port()), server.port(),
                {.deadline = kPatience, .max_queue = 100'000});
  ASSERT_TRUE(end.opens());
  const auto live = channel_data(60'000);
  std::size_t taken = 0;
  // The kernel's buffers fill first; until it says that it is full it has its turn.
  while (taken < 2'000 && end.stream().send(live)) {
    ++taken;
    io_.poll();
    io_.restart();
  }
  ASSERT_LT(taken, 2'000U);
  EXPECT_EQ(end.stream().dropped_bytes(), live.size());
  EXPECT_TRUE(end.stream().send(request()));
  EXPECT_FALSE(end.stream().send(live));
  EXPECT_EQ(end.stream().dropped_bytes(), 2 * live.size());
  // Whoever asks for ever without being read has lost the connection.
  for (int i = 0; i < 10'000 && end.stream().send(request());) ++i;
  expect_clear(end.loss(), "takes nothing");
}

TEST_F(TurnStreamTest, a_stream_may_be_closed_and_destroyed_from_its_own_handler) {
  OneServer server(io_);
  server.on_connection = [](tcp::socket& socket) {
    auto two = request();
    const auto second = request();
    two.insert(two.end(), second.begin(), second.end());
    asio::write(socket, asio::buffer(two));
    socket.close();
  };
  StreamEnd end(io_, relay(TurnTransport::kTcp, server.port()), server.port());
  end.on_message = [&](ByteView) { end.drop_stream(); };
  ASSERT_TRUE(run_until(io_, [&] { return !end.messages().empty(); }));
  io_.run_for(50ms);
  EXPECT_EQ(end.messages().size(), 1U);
  EXPECT_FALSE(end.is_lost());
}

}  // namespace
}  // namespace pixelpass::traversal
