#include "pixelpass/net/page_server.hpp"

#include "pixelpass/base/error.hpp"

#include "../http_client.hpp"
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

namespace pixelpass::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: anywhere\r\n\r\n";

Bytes page_of(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 / 3);
  return bytes;
}

class PageServerTest : public testing::Test {
 protected:
  void SetUp() override { serve(SocketAddress::loopback(0), {}); }

  void serve(const SocketAddress& listen, PageServer::Limits limits) {
    server_ = std::make_unique<PageServer>(io_, listen, Page{page_, {{"Content-Type", "text/html"}}}, limits);
  }
  std::unique_ptr<HttpClient> client(const std::string& from = "127.0.0.1") {
    return std::make_unique<HttpClient>(io_, server_->port(), from);
  }
  std::unique_ptr<HttpClient> asking(const std::string& request, const std::string& from = "127.0.0.1") {
    auto made = client(from);
    made->send(request);
    made->read();
    return made;
  }
  /// With the whole answer, once the server has closed.
  std::unique_ptr<HttpClient> answered(const std::string& request, const std::string& from = "127.0.0.1") {
    auto made = asking(request, from);
    EXPECT_TRUE(run_until(io_, [&] { return made->ended_well(); })) << request;
    return made;
  }
  std::vector<std::unique_ptr<HttpClient>> silent(std::size_t count, const std::string& from) {
    std::vector<std::unique_ptr<HttpClient>> made(count);
    for (auto& one : made) (one = client(from))->read();
    return made;
  }
  bool wait_for(const std::function<bool(const PageServer::Counters&)>& seen) {
    return run_until(io_, [&] { return seen(server_->counters()); });
  }

  boost::asio::io_context io_;
  Bytes page_ = page_of(100'000);
  std::unique_ptr<PageServer> server_;
};

TEST_F(PageServerTest, GivesThePageToItsLastByte) {
  const auto asked = answered(kGet);
  EXPECT_THAT(asked->head(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(asked->head(), HasSubstr("Content-Type: text/html\r\n"));
  EXPECT_THAT(asked->head(), HasSubstr("Content-Length: " + std::to_string(page_.size()) + "\r\n"));
  EXPECT_THAT(asked->head(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(asked->body() == page_);
  asked->drop();
  EXPECT_TRUE(wait_for([](const auto& seen) { return seen.served == 1 && seen.clients == 0; }));
}

TEST_F(PageServerTest, AnswersHeadWithoutThePage) {
  const auto asked = answered("HEAD /?from=chat HTTP/1.1\r\nHost: anywhere\r\n\r\n");
  EXPECT_THAT(asked->head(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(asked->head(), HasSubstr("Content-Length: " + std::to_string(page_.size()) + "\r\n"));
  EXPECT_TRUE(asked->body().empty());
}

TEST_F(PageServerTest, RefusesAllElse) {
  EXPECT_THAT(answered("GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n")->head(), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answered("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")->head(),
              StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answered("nonsense\r\n\r\n")->head(), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answered("GET /" + std::string(9000, 'x'))->head(), StartsWith("HTTP/1.1 431 "));
  EXPECT_TRUE(wait_for([](const auto& seen) { return seen.refused == 4 && seen.served == 0; }));
}

TEST_F(PageServerTest, ClosesAClientThatTakesTooLongForItsHead) {
  serve(SocketAddress::loopback(0), {.head_time = 20ms});
  const auto slow = asking("GET / HT");
  EXPECT_TRUE(run_until(io_, [&] { return slow->ended(); }));
  EXPECT_FALSE(slow->has_head());
  EXPECT_EQ(server_->counters().refused, 1u);
}

TEST_F(PageServerTest, ClosesAClientThatDripsItsHead) {
  serve(SocketAddress::loopback(0), {.head_time = 1min, .pieces_of_head = 4});
  const auto slow = asking("GET / HTTP/1.1\r\n");
  EXPECT_TRUE(run_until(io_, [&] {
    try {
      slow->send("X: 1\r\n");
    } catch (const boost::system::system_error&) {  // a reset that came between
    }
    return slow->ended();
  }));
  EXPECT_FALSE(slow->has_head());
}

TEST_F(PageServerTest, ClosesAClientThatDoesNotReadItsAnswer) {
  page_ = page_of(16 << 20);  // more than the sockets' buffers take
  serve(SocketAddress::loopback(0), {.answer_time = 20ms});
  const auto slow = client();
  slow->send(kGet);
  EXPECT_TRUE(wait_for([](const auto& seen) { return seen.refused == 1 && seen.clients == 0; }));
}

TEST_F(PageServerTest, HoldsNoMoreClientsOfOneLineThanItsShare) {
  serve(SocketAddress::loopback(0), {.clients_of_one_line = 3});
  const auto many = silent(5, "127.0.0.2");
  EXPECT_TRUE(run_until(io_, [&] { return many[0]->ended() && many[1]->ended(); })) << "the oldest go";
  EXPECT_EQ(server_->counters().clients, 3u);
  EXPECT_FALSE(many[4]->ended());
}

TEST_F(PageServerTest, AFloodDoesNotKeepOthersOut) {
  serve(SocketAddress::loopback(0), {.clients = 8, .clients_of_one_line = 6});
  const auto other = client("127.0.0.3");
  other->send("GET / HTTP/1.1\r\n");
  const auto first = silent(6, "127.0.0.1");
  const auto second = silent(20, "127.0.0.2");
  ASSERT_TRUE(wait_for([](const auto& seen) { return seen.refused == 27 - 8; }));
  other->send("Host: x\r\n\r\n");
  other->read();
  EXPECT_TRUE(run_until(io_, [&] { return other->ended_well(); })) << "who came before the flood";
  EXPECT_TRUE(answered(kGet, "127.0.0.4")->body() == page_) << "who comes amid it";
}

TEST_F(PageServerTest, IsReachedOverBothFamilies) {
  serve(SocketAddress(), {});
  EXPECT_TRUE(answered(kGet)->body() == page_);
  std::unique_ptr<HttpClient> six;
  try {
    six = client("::1");
  } catch (const boost::system::system_error&) {
    GTEST_SKIP() << "no IPv6 here: enable it on loopback (sysctl net.ipv6.conf.lo.disable_ipv6=0)";
  }
  six->send(kGet);
  six->read();
  EXPECT_TRUE(run_until(io_, [&] { return six->ended_well(); }));
  EXPECT_TRUE(six->body() == page_);
}

TEST_F(PageServerTest, CutsOffAndListensNoMoreOnceItIsGone) {
  const auto port = server_->port();
  const auto waiting = silent(1, "127.0.0.1");
  ASSERT_TRUE(wait_for([](const auto& seen) { return seen.clients == 1; }));
  server_.reset();
  EXPECT_TRUE(run_until(io_, [&] { return waiting[0]->ended(); }));
  EXPECT_THROW(HttpClient(io_, port), boost::system::system_error);
}

TEST_F(PageServerTest, SaysThatAnotherProgramHasThePort) {
  try {
    serve(SocketAddress::loopback(server_->port()), {});
    FAIL() << "two listen on one port";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, HasSubstr("cannot use TCP address 127.0.0.1:"));
    EXPECT_THAT(error.error().hint, HasSubstr("another program has that port"));
  }
}

TEST(SharedPort, IsOneThatThePageServerCanHaveToo) {
  std::vector<std::uint16_t> tried;
  const auto third = [&](const SocketAddress& address) {
    tried.push_back(address.port());
    return tried.size() == 3;
  };
  const auto chosen = with_shared_port(SocketAddress::loopback(0), third);
  ASSERT_EQ(tried.size(), 3U);
  EXPECT_EQ(chosen, SocketAddress::loopback(tried.back()));
  EXPECT_NE(chosen.port(), 0);
}

TEST(SharedPort, IsLeftToTheSystemWhereNoneIsFreeAndToTheUserWhoNamesOne) {
  int tried = 0;
  const auto none = [&](const SocketAddress&) {
    ++tried;
    return false;
  };
  EXPECT_EQ(with_shared_port(SocketAddress::loopback(0), none), SocketAddress::loopback(0));
  EXPECT_GT(tried, 1);
  tried = 0;
  EXPECT_EQ(with_shared_port(SocketAddress::loopback(9), none), SocketAddress::loopback(9));
  EXPECT_EQ(tried, 0);
}

TEST_F(PageServerTest, KnowsWhetherAPortCanBeHad) {
  const auto taken = SocketAddress::loopback(server_->port());
  EXPECT_FALSE(can_serve_page(taken));
  server_.reset();
  EXPECT_TRUE(can_serve_page(taken));
}

}  // namespace
}  // namespace pixelpass::net
