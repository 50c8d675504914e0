#include "pixelpass/playback/http_endpoint.hpp"

#include "../../other_user.hpp"
#include "../http_client.hpp"
#include "ts_file.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <gmock/gmock.h>

#include <memory>
#include <vector>

namespace pixelpass::playback {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class HttpEndpointTest : public testing::Test {
 protected:
  void SetUp() override { make_endpoint(SocketAddress::loopback(0)); }

  void make_endpoint(const SocketAddress& listen) {
    endpoint_ = std::make_unique<HttpEndpoint>(io_, listen, broadcast_, seeded_random(1));
    url_ = std::make_unique<Url>(endpoint_->url());
  }
  std::unique_ptr<HttpClient> client() { return std::make_unique<HttpClient>(io_, url_->port); }
  /// Who say nothing yet.
  std::vector<std::unique_ptr<HttpClient>> clients(std::size_t count) {
    std::vector<std::unique_ptr<HttpClient>> made(count);
    for (auto& one : made) one = client();
    return made;
  }
  std::vector<std::unique_ptr<HttpClient>> players(std::size_t count) {
    std::vector<std::unique_ptr<HttpClient>> made(count);
    for (auto& one : made) one = player();
    return made;
  }
  std::unique_ptr<HttpClient> player() {
    auto made = client();
    made->get(*url_);
    EXPECT_TRUE(run_until(io_, [&] { return made->has_head(); }));
    return made;
  }
  /// A request's whole answer, once the endpoint has closed.
  std::string answer(const std::string& request) {
    auto made = client();
    made->send(request);
    made->read();
    EXPECT_TRUE(run_until(io_, [&] { return made->ended_well(); })) << request;
    return made->head();
  }
  std::string get(const std::string& path, const std::string& host) {
    return answer("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  void push(bool keyframe, std::size_t packets = 20) {
    Bytes bytes(packets * 188, static_cast<std::uint8_t>(pushed_++));
    for (std::size_t at = 0; at < bytes.size(); at += 188) bytes[at] = 0x00;  // no TS: nothing is marked
    all_.insert(all_.end(), bytes.begin(), bytes.end());
    broadcast_.push(
        Frame{.bytes = SharedBytes::adopt(std::move(bytes)), .captured_at = {}, .keyframe = keyframe});
    endpoint_->on_broadcast();
  }
  bool wait_for_body(const HttpClient& reader, std::size_t size) {
    return run_until(io_, [&] { return reader.body_bytes() >= size; });
  }

  boost::asio::io_context io_;
  Broadcast broadcast_;
  std::unique_ptr<HttpEndpoint> endpoint_;
  std::unique_ptr<Url> url_;
  Bytes all_;
  int pushed_ = 0;
};

TEST_F(HttpEndpointTest, HasARandomPathOnLoopback) {
  EXPECT_THAT(endpoint_->url(), testing::MatchesRegex("http://127.0.0.1:[0-9]+/[0-9a-f]+.ts"));
  EXPECT_EQ(url_->path.size(), 1 + 32 + 3u);
  const HttpEndpoint other(io_, SocketAddress::loopback(0), broadcast_, seeded_random(2));
  EXPECT_NE(Url(other.url()).path, url_->path);
}

TEST_F(HttpEndpointTest, BeginsWithAFreshGroupWhereOneIsOnItsWay) {
  push(true);
  push(false);
  const auto old = all_.size();
  endpoint_->on_player([] { return true; });
  const auto reader = player();
  push(true);
  ASSERT_TRUE(wait_for_body(*reader, all_.size() - old));
  EXPECT_EQ(reader->body(), Bytes(all_.begin() + static_cast<std::ptrdiff_t>(old), all_.end()));
}

TEST_F(HttpEndpointTest, BeginsWithTheNewestGroupWhereTheFreshOneDoesNotCome) {
  push(true);
  push(false);
  endpoint_->on_player([] { return true; });
  const auto reader = player();
  ASSERT_TRUE(wait_for_body(*reader, all_.size()));
  EXPECT_EQ(reader->body(), all_);
}

TEST_F(HttpEndpointTest, SendsEachFrameToAPlayerAsItComes) {
  const auto reader = player();
  EXPECT_THAT(reader->head(), StartsWith("HTTP/1.1 200 OK\r\n"));
  for (int i = 0; i < 5; ++i) {
    push(i == 0);
    ASSERT_TRUE(wait_for_body(*reader, all_.size()));
  }
  EXPECT_EQ(reader->body(), all_);
  EXPECT_EQ(endpoint_->counters().players, 1u);
  EXPECT_EQ(endpoint_->counters().served, 1u);
}

TEST_F(HttpEndpointTest, HandsAFrameToTheKernelWithinOnBroadcast) {
  const auto reader = player();
  int delivered = 0;
  endpoint_->on_delivered([&](const Frame&) { ++delivered; });
  push(true);
  EXPECT_EQ(delivered, 1) << "without another turn of the loop";
}

TEST_F(HttpEndpointTest, StartsEachPlayerAtTheNewestGroup) {
  push(true);
  push(false);
  all_.clear();
  push(true);
  push(false);
  const auto reader = player();
  ASSERT_TRUE(wait_for_body(*reader, all_.size()));
  EXPECT_EQ(reader->body(), all_);
}

TEST_F(HttpEndpointTest, ServesSeveralPlayersAtOnce) {
  const auto readers = players(8);
  for (int i = 0; i < 30; ++i) push(i % 10 == 0);
  for (const auto& reader : readers) {
    ASSERT_TRUE(wait_for_body(*reader, all_.size()));
    EXPECT_EQ(reader->body(), all_);
  }
  EXPECT_EQ(endpoint_->counters().players, 8u);
}

TEST_F(HttpEndpointTest, ServesARestartedPlayerOnTheSameUrl) {
  {
    const auto first = player();
    push(true);
    ASSERT_TRUE(wait_for_body(*first, all_.size()));
  }
  push(false);
  const auto second = player();
  ASSERT_TRUE(wait_for_body(*second, all_.size()));
  EXPECT_EQ(second->body(), all_);
  EXPECT_TRUE(run_until(io_, [&] { return push(false), endpoint_->counters().players == 1; }));
}

TEST_F(HttpEndpointTest, GoesOnSendingToAClientThatClosedItsHalf) {
  const auto reader = client();
  reader->send("GET " + url_->path + " HTTP/1.0\r\n\r\n");
  reader->half_close();
  reader->read();
  ASSERT_TRUE(run_until(io_, [&] { return reader->has_head(); }));
  push(true);
  push(false);
  EXPECT_TRUE(wait_for_body(*reader, all_.size()));
}

TEST_F(HttpEndpointTest, RefusesAWrongPathAHostAndAMethod) {
  EXPECT_THAT(get("/", url_->host), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(url_->path, "evil.example"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer("POST " + url_->path + " HTTP/1.1\r\nHost: localhost\r\n\r\nbody"),
              StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer("GET /" + std::string(9000, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(endpoint_->counters().refused, 5u);
  EXPECT_EQ(endpoint_->counters().served, 0u);
}

TEST_F(HttpEndpointTest, AnswersHeadWithoutABody) {
  push(true);
  const auto reader = client();
  reader->send("HEAD " + url_->path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  reader->read();
  ASSERT_TRUE(run_until(io_, [&] { return reader->ended_well(); }));
  EXPECT_THAT(reader->head(), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(reader->body().empty());
}

TEST_F(HttpEndpointTest, TakesAHeadThatComesInPieces) {
  const auto reader = client();
  reader->read();
  reader->send("GET " + url_->path + " HTTP/1.1\r\nHo");
  for (int i = 0; i < 3; ++i) io_.run_one_for(1ms);
  reader->send("st: localhost\r\n\r\n");
  ASSERT_TRUE(run_until(io_, [&] { return reader->has_head(); }));
  EXPECT_THAT(reader->head(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpEndpointTest, ClosesAClientThatTakesTooLongForItsHead) {
  const auto reader = client();
  reader->send("GET /");
  reader->read();
  EXPECT_TRUE(run_until(io_, [&] { return reader->ended(); }));
  EXPECT_EQ(endpoint_->counters().refused, 1u);
}

/// Asks from a process of its own, writes the answer to `to` and goes on living.
void ask_from_elsewhere(const Url& url, int to) {
  boost::asio::io_context io;
  HttpClient client(io, url.port);
  client.get(url);
  run_until(io, [&] { return client.has_head() || client.ended(); });
  const auto answer = client.has_head() ? client.head() : std::string("closed");
  if (write(to, answer.data(), answer.size()) > 0) pause();
}

TEST_F(HttpEndpointTest, PlayersThatHaveClosedMakeRoomThoughNothingIsSentToThem) {
  for (int i = 0; i < 50; ++i) EXPECT_THAT(player()->head(), StartsWith("HTTP/1.1 200 ")) << i;
  EXPECT_EQ(endpoint_->counters().refused, 0u);
}

class OtherUsers : public HttpEndpointTest {
 protected:
  void SetUp() override {
    if (!can_be_others()) GTEST_SKIP() << "only root can be two users";
    // Their ends are awaited as somebody who is not root.
    const ActAs somebody(kSomebody);
    make_endpoint(SocketAddress::loopback(0));
  }
  std::string answer_to(uid_t user) {
    const ActAs somebody(kSomebody);
    const Elsewhere other(user, [this](int to) { ask_from_elsewhere(*url_, to); });
    std::string answer;
    boost::asio::posix::stream_descriptor output(io_, dup(other.output()));
    output.async_wait(boost::asio::posix::stream_descriptor::wait_read, [&](auto) { answer = other.read(); });
    EXPECT_TRUE(run_until(io_, [&] { return !answer.empty(); }));
    return answer;
  }
};

TEST_F(OtherUsers, AreRefusedThoughTheyKnowThePath) {
  EXPECT_TRUE(endpoint_->knows_users());
  EXPECT_THAT(answer_to(kStranger), StartsWith("HTTP/1.1 403 "));
  EXPECT_EQ(endpoint_->counters().refused, 1u);
  EXPECT_EQ(endpoint_->counters().served, 0u);
}

TEST_F(OtherUsers, AreServedWhenTheyAreThisOneOrRoot) {
  EXPECT_THAT(answer_to(kSomebody), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to(0), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(endpoint_->counters().refused, 0u);
}

TEST_F(HttpEndpointTest, AClientThatHasGoneIsNotLookedAt) {
  for (int i = 0; i < 50; ++i) client().reset();
  EXPECT_TRUE(run_until(io_, [&] { return endpoint_->counters().refused == 50; }));
  EXPECT_EQ(endpoint_->counters().served, 0u);
}

TEST_F(HttpEndpointTest, ServesAPlayerHoweverManySayNothing) {
  const auto silent = clients(300);
  for (const auto& one : silent) one->read();
  const auto reader = player();
  push(true);
  EXPECT_TRUE(wait_for_body(*reader, all_.size()));
  // No more than there is room for is held, and the oldest have gone.
  EXPECT_GE(endpoint_->counters().refused, 301u - 128u);
  EXPECT_TRUE(run_until(io_, [&] { return silent[300 - 128]->ended(); }));
}

TEST_F(HttpEndpointTest, SilentClientsDoNotMakeRoomForThoseWhoPlay) {
  const auto readers = players(16);
  const auto silent = clients(300);
  push(true);
  for (const auto& reader : readers) EXPECT_TRUE(wait_for_body(*reader, all_.size()));
}

TEST_F(HttpEndpointTest, ClientsWhoAreAnsweredAndStayAreCountedToo) {
  const auto refused = clients(300);
  for (const auto& one : refused) one->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto reader = player();
  push(true);
  EXPECT_TRUE(wait_for_body(*reader, all_.size()));
}

TEST_F(HttpEndpointTest, WhoHasTheMostMakesRoom) {
  if (!can_be_others()) GTEST_SKIP() << "only root can be two users";
  const auto slow = client();  // ours
  slow->read();
  const Elsewhere stranger(kStranger, [this](int to) {
    boost::asio::io_context io;
    std::vector<std::unique_ptr<HttpClient>> many;
    for (int i = 0; i < 300; ++i) many.push_back(std::make_unique<HttpClient>(io, url_->port));
    if (write(to, "x", 1) == 1) pause();
  });
  EXPECT_TRUE(run_until(io_, [&] { return endpoint_->counters().refused >= 300 - 128; }));
  EXPECT_FALSE(slow->ended());
  slow->get(*url_);
  EXPECT_TRUE(run_until(io_, [&] { return slow->has_head(); }));
}

TEST_F(HttpEndpointTest, RefusesThe17thPlayerAndKeepsTheOthers) {
  const auto readers = players(16);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(get(url_->path, url_->host), StartsWith("HTTP/1.1 503 "));
  push(true);
  for (const auto& reader : readers) EXPECT_TRUE(wait_for_body(*reader, all_.size()));
}

TEST_F(HttpEndpointTest, EndsTheResponsesOnceAllIsRead) {
  const auto reader = player();
  for (int i = 0; i < 50; ++i) push(i == 0);
  bool closed = false;
  endpoint_->close([&] { closed = true; });
  ASSERT_TRUE(run_until(io_, [&] { return closed && reader->ended(); }));
  EXPECT_TRUE(reader->ended_well());
  EXPECT_EQ(reader->body(), all_);
  EXPECT_EQ(endpoint_->counters().players, 0u);
}

TEST_F(HttpEndpointTest, EndsWithoutAResetEvenIfTheClientWasStillSending) {
  const auto reader = player();
  reader->stop_reading();
  for (int i = 0; i < 10; ++i) push(i == 0, 100);
  reader->send(std::string(1000, 'x'));
  endpoint_->close();
  reader->read();
  ASSERT_TRUE(run_until(io_, [&] { return reader->ended(); }));
  EXPECT_TRUE(reader->ended_well());
  EXPECT_EQ(reader->body(), all_);
}

TEST_F(HttpEndpointTest, DoesNotWaitLongForAPlayerThatDoesNotRead) {
  const auto reader = player();
  reader->stop_reading();
  for (int i = 0; i < 100; ++i) push(i == 0, 200);
  bool closed = false;
  endpoint_->close([&] { closed = true; });
  EXPECT_TRUE(run_until(
      io_, [&] { return closed; }, 5s));
}

TEST_F(HttpEndpointTest, TellsThatItIsClosedWithoutAnyPlayer) {
  bool closed = false;
  endpoint_->close([&] { closed = true; });
  EXPECT_TRUE(run_until(io_, [&] { return closed; }));
}

TEST_F(HttpEndpointTest, CanBeDestroyedWithPlayersUnderWay) {
  const auto reader = player();
  const auto stranger = client();
  stranger->send("GET");
  push(true);
  endpoint_.reset();
  EXPECT_TRUE(run_until(io_, [&] { return reader->ended(); }));
}

TEST_F(HttpEndpointTest, CountsWhatAPlayerIsBehind) {
  const auto reader = player();
  reader->stop_reading();
  EXPECT_EQ(endpoint_->counters().buffered_bytes, 0u);
  for (int i = 0; i < 100; ++i) push(i == 0, 200);
  EXPECT_GT(endpoint_->counters().buffered_bytes, 1u << 20);
  reader->read();
  EXPECT_TRUE(wait_for_body(*reader, all_.size()));
  EXPECT_EQ(endpoint_->counters().buffered_bytes, 0u);
}

TEST_F(HttpEndpointTest, ListensOnIpv6LoopbackToo) {
  make_endpoint(*SocketAddress::parse("[::1]:0"));
  EXPECT_THAT(endpoint_->url(), StartsWith("http://[::1]:"));
}

TEST_F(HttpEndpointTest, RefusesToListenForOthers) {
  EXPECT_THROW(make_endpoint(*SocketAddress::parse("0.0.0.0:0")), StartupError);
}

TEST_F(HttpEndpointTest, SaysThatAPortIsInUse) {
  try {
    const HttpEndpoint other(io_, SocketAddress::loopback(url_->port), broadcast_, seeded_random(2));
    FAIL() << "bound twice";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, HasSubstr(std::to_string(url_->port)));
    EXPECT_THAT(error.error().hint, HasSubstr("--listen 127.0.0.1:0"));
  }
}

}  // namespace
}  // namespace pixelpass::playback
