#include "pixelpass/playback/vlc_http.hpp"

#include "../../other_user.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kDeadline = 20s;

/// VLC's HTTP interface: one request a connection.
class FakeVlc {
 public:
  FakeVlc(asio::io_context& io, std::uint16_t port)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), port)) {
    accept();
  }

  int seconds = 3;
  std::string answer;  ///< instead of a status
  std::vector<std::string> requests;
  std::vector<tcp::endpoint> clients;  ///< in the order in which they came

 private:
  struct Client {
    explicit Client(tcp::socket from) : socket(std::move(from)) {}
    tcp::socket socket;
    asio::streambuf input;
    std::string output;
  };

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      clients.push_back(socket.remote_endpoint(error));
      read(std::make_shared<Client>(std::move(socket)));
      accept();
    });
  }
  void read(const std::shared_ptr<Client>& client) {
    asio::async_read_until(
        client->socket, client->input, "\r\n\r\n", [this, client](error_code error, std::size_t) {
          if (error) return;
          requests.emplace_back(asio::buffers_begin(client->input.data()),
                                asio::buffers_end(client->input.data()));
          const std::string status = R"({"state":"playing","rate":1,"time":)" + std::to_string(seconds) +
                                     R"(,"stats":{"lostabuffers":0}})";
          client->output = !answer.empty()
                               ? answer
                               : "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(status.size()) +
                                     "\r\n\r\n" + status;
          asio::async_write(client->socket, asio::buffer(client->output),
                            [client](error_code, std::size_t) {});
        });
  }

  tcp::acceptor acceptor_;
};

class VlcHttpTest : public testing::Test {
 protected:
  VlcHttpTest() {
    Bytes packet(188, 0xff);
    const Bytes head{0x47, 0x41, 0, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1};
    std::ranges::copy(head, packet.begin());
    begun_.on_frame({.bytes = SharedBytes::adopt(std::move(packet)), .captured_at = {}}, Clock::now());
  }

  void until(const std::function<bool()>& holds) {
    const Instant deadline = Clock::now() + kDeadline;
    while (!holds() && Clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    ASSERT_TRUE(holds());
  }
  void ask() {
    vlc_->ask([this](const PlayerState& said) { said_ = said; });
  }
  /// Asked and answered so often more, and asked once more: it asks only when it is done with an answer.
  void ask_times(std::size_t count) {
    const std::size_t all = fake_.requests.size() + count + 1;
    until([&] {
      if (fake_.requests.size() < all) ask();
      return fake_.requests.size() >= all;
    });
  }

  asio::io_context io_;
  VlcAccess access_ = VlcAccess::make(system_random);
  mpegts::StreamClock begun_;
  FakeVlc fake_{io_, access_.port};
  std::unique_ptr<VlcHttp> vlc_ = std::make_unique<VlcHttp>(io_, access_, begun_);
  std::optional<PlayerState> said_;
};

TEST_F(VlcHttpTest, AStateComesWithEachNewSecondAndIsAtItsFirstMoment) {
  ask_times(3);
  EXPECT_FALSE(said_);
  fake_.seconds = 5;
  until([&] {
    ask();
    return said_.has_value();
  });
  EXPECT_EQ(said_->position, Ticks(5 * 90'000));
  EXPECT_FALSE(said_->paused);
}

TEST_F(VlcHttpTest, ItShowsThePasswordInTheHeaderAndSetsTheRate) {
  vlc_->set_speed(1.25);
  until([&] { return !fake_.requests.empty(); });
  EXPECT_TRUE(fake_.requests[0].starts_with("GET /requests/status.json?command=rate&val=1.25 HTTP/1.1\r\n"));
  EXPECT_NE(fake_.requests[0].find("Authorization: Basic "), std::string::npos);
  EXPECT_EQ(fake_.requests[0].find(access_.password), std::string::npos);
}

TEST_F(VlcHttpTest, OneQuestionAtATime) {
  for (int i = 0; i < 50; ++i) ask();
  // Connections are accepted in their order.
  tcp::socket later(io_);
  later.connect({asio::ip::address_v4::loopback(), access_.port});
  until([&] { return std::ranges::count(fake_.clients, later.local_endpoint()) > 0; });
  EXPECT_EQ(fake_.clients.size(), 2U);
}

TEST_F(VlcHttpTest, AnAnswerThatIsNoneOrTooLongOrARefusalIsSurvived) {
  for (const std::string& odd :
       {std::string("rubbish\r\n\r\n"), std::string("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, '['),
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"}) {
    fake_.answer = odd;
    ask_times(2);
    EXPECT_FALSE(said_);
  }
  fake_.answer.clear();
  ask_times(1);
  fake_.seconds = 9;
  until([&] {
    ask();
    return said_.has_value();
  });
}

TEST_F(VlcHttpTest, GoneInTheMiddleOfAQuestionItSaysNothing) {
  fake_.seconds = 3;
  ask_times(1);
  fake_.seconds = 5;
  ask_times(0);  // the answer is on its way, and would be told
  vlc_.reset();
  VlcHttp later(io_, access_, begun_);
  bool answered = false;
  until([&] {
    fake_.seconds = 7 + static_cast<int>(fake_.requests.size());
    later.ask([&](const PlayerState&) { answered = true; });
    return answered;
  });
  EXPECT_FALSE(said_);
}

/// Has taken the port over, before VLC came. Writes "ready", and then "got " and what it was sent.
void take_over(std::uint16_t port, int to) {
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
  if (write(to, "ready", 5) != 5) return;
  std::string got = "got ";
  error_code error;
  auto victim = acceptor.accept();
  asio::read(victim, asio::dynamic_buffer(got), asio::transfer_at_least(1), error);
  if (write(to, got.data(), got.size()) > 0) pause();
}

class TakenPort : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_be_others()) GTEST_SKIP() << "only root can be two users";
  }
  /// What `user` got who listens at the port.
  std::string gets(uid_t user) {
    const ActAs somebody(kSomebody);
    const auto access = VlcAccess::make(system_random);
    const Elsewhere other(user, [&access](int to) { take_over(access.port, to); });
    EXPECT_EQ(other.read(), "ready");
    VlcHttp vlc(io_, access, begun_);
    vlc.set_speed(1.25);
    std::string got;
    asio::posix::stream_descriptor output(io_, dup(other.output()));
    output.async_wait(asio::posix::stream_descriptor::wait_read, [&](auto) { got = other.read(); });
    const Instant deadline = Clock::now() + kDeadline;
    while (got.empty() && Clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    return got;
  }

  asio::io_context io_;
  mpegts::StreamClock begun_;
};

TEST_F(TakenPort, ByAnotherUserGetsNothingOfThePassword) {
  EXPECT_EQ(gets(kStranger), "got ");
}

TEST_F(TakenPort, ByAProgramOfOursOrOfRootsIsAsked) {
  EXPECT_TRUE(gets(kSomebody).starts_with("got GET /requests/status.json?command=rate&val=1.25"));
  EXPECT_TRUE(gets(0).starts_with("got GET /requests/status.json?command=rate&val=1.25"));
}

TEST_F(VlcHttpTest, NothingIsSaidToWhoDoesNotAccept) {
  tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
  VlcHttp vlc(io_, {acceptor.local_endpoint().port(), access_.password}, begun_);
  vlc.set_speed(1.25);
  // It connects, and finds again and again that nobody has accepted.
  const Instant deadline = Clock::now() + kDeadline;
  for (int turn = 0; turn < 10; ++turn) io_.run_one_until(deadline);
  auto accepted = acceptor.accept();
  EXPECT_EQ(accepted.available(), 0U);
  // It asks again, and then there is somebody.
  io_.restart();
  until([&] { return accepted.available() > 0; });
}

}  // namespace
}  // namespace pixelpass::playback
