#include "pixelpass/publish/publisher.hpp"

#include "../../unit/mpegts/ts_packets.hpp"
#include "../base/no_threads.hpp"
#include "test_stream.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

namespace pixelpass::publish {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PublisherTest : public testing::Test {
 protected:
  void wait_for(const auto& condition) { run_until(io_, condition); }
  std::string url(const char* scheme, const auto& socket) {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(socket.local_endpoint().port());
  }
  /// A socket that nobody listens at.
  template <class Protocol>
  std::string url_without_engine(const char* scheme) {
    typename Protocol::socket socket(io_, {asio::ip::address_v4::loopback(), 0});
    return url(scheme, socket);
  }

  asio::io_context io_;
};

/// Takes all that comes.
class TcpEngine {
 public:
  explicit TcpEngine(asio::io_context& io, std::uint16_t port = 0)
      : acceptor_(io, {asio::ip::address_v4::loopback(), port}), socket_(io) {}

  void accept() {
    acceptor_.async_accept(socket_, [this](const auto& error) {
      accepted_ = !error;
      if (reads) read();
    });
  }
  void read() {
    socket_.async_read_some(asio::buffer(piece_), [this](const auto& error, std::size_t size) {
      if (error) return;
      got.insert(got.end(), piece_.begin(), piece_.begin() + static_cast<std::ptrdiff_t>(size));
      read();
    });
  }
  void hang_up() {
    socket_.close();
    accepted_ = false;
  }
  [[nodiscard]] bool has_accepted() const { return accepted_; }
  [[nodiscard]] const tcp::acceptor& acceptor() const { return acceptor_; }

  Bytes got;
  bool reads = true;

 private:
  tcp::acceptor acceptor_;
  tcp::socket socket_;
  std::array<std::uint8_t, 65536> piece_{};
  bool accepted_ = false;
};

TEST_F(PublisherTest, a_tcp_engine_gets_the_stream_from_a_keyframe_on) {
  TestStream stream(io_);
  TcpEngine engine(io_);
  engine.accept();
  const auto publisher = stream.publish(url("tcp", engine.acceptor()));
  wait_for([&] { return engine.got.size() > 500'000; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine.got));
  EXPECT_EQ(stream.published, 1);
  EXPECT_EQ(publisher->state(), Publisher::State::kPublishing);
  EXPECT_GE(publisher->counters().bytes_sent, engine.got.size());
  EXPECT_THAT(stream.failures, IsEmpty());
}

TEST_F(PublisherTest, an_engine_that_comes_back_gets_it_from_a_keyframe_on_again) {
  TestStream stream(io_);
  TcpEngine engine(io_);
  engine.accept();
  const auto publisher = stream.publish(url("tcp", engine.acceptor()));
  wait_for([&] { return engine.got.size() > 100'000; });
  engine.hang_up();
  wait_for([&] { return !stream.failures.empty(); });
  EXPECT_THAT(stream.failures, ElementsAre(HasSubstr("ended the connection")));
  EXPECT_EQ(publisher->state(), Publisher::State::kWaiting);
  engine.got.clear();
  engine.accept();
  wait_for([&] { return engine.got.size() > 100'000; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine.got));
  EXPECT_EQ(stream.published, 2);
}

TEST_F(PublisherTest, an_engine_that_starts_later_is_found_and_its_absence_told_once) {
  TestStream stream(io_);
  asio::io_context other;
  auto gone = std::make_unique<TcpEngine>(other);
  const auto port = gone->acceptor().local_endpoint().port();
  const auto where = url("tcp", gone->acceptor());
  gone.reset();
  const auto publisher = stream.publish(where);
  wait_for([&] { return !stream.failures.empty(); });
  wait_for([&] { return publisher->state() == Publisher::State::kConnecting; });
  wait_for([&] { return publisher->state() == Publisher::State::kWaiting; });
  EXPECT_THAT(stream.failures, ElementsAre(HasSubstr("nothing listens there")));
  TcpEngine engine(io_, port);
  engine.accept();
  wait_for([&] { return engine.got.size() > 100'000; });
  EXPECT_EQ(stream.published, 1);
}

TEST_F(PublisherTest, an_engine_for_which_no_thread_can_be_had_is_said_and_called_again) {
  TestStream stream(io_);
  std::unique_ptr<Publisher> publisher;
  {
    const NoThreads no_threads;
    publisher = stream.publish(url_without_engine<udp>("srt"));
    EXPECT_THAT(stream.failures, IsEmpty()) << "never from within a call";
    wait_for([&] { return !stream.failures.empty(); });
  }
  EXPECT_THAT(stream.failures,
              ElementsAre(HasSubstr("no thread can be started that sends the stream there")));
  EXPECT_EQ(publisher->state(), Publisher::State::kWaiting);
  wait_for([&] { return publisher->state() == Publisher::State::kConnecting; });
}

/// Lets go of whoever calls, at once.
class UnwillingEngine {
 public:
  explicit UnwillingEngine(asio::io_context& io) : acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
    accept();
  }
  [[nodiscard]] const tcp::acceptor& acceptor() const { return acceptor_; }

  int calls = 0;

 private:
  void accept() {
    acceptor_.async_accept([this](const auto& error, tcp::socket socket) {
      if (error) return;
      ++calls;
      socket.close();
      accept();
    });
  }

  tcp::acceptor acceptor_;
};

TEST_F(PublisherTest, that_an_engine_lets_go_at_once_each_time_is_told_once) {
  TestStream stream(io_);
  UnwillingEngine engine(io_);
  const auto publisher = stream.publish(url("tcp", engine.acceptor()));
  wait_for([&] { return engine.calls >= 3 && publisher->state() == Publisher::State::kWaiting; });
  EXPECT_EQ(stream.published, 1);
  EXPECT_THAT(stream.failures, ElementsAre(HasSubstr("ended the connection")));
}

TEST_F(PublisherTest, once_stopped_it_calls_nobody) {
  Broadcast broadcast;
  int failures = 0;
  Publisher publisher(io_, parse_target(url_without_engine<tcp>("tcp")).value(), broadcast,
                      {.on_publishing = [] {},
                       .on_failed = [&](const Error&, Duration) { ++failures; },
                       .on_notice = [](const Error&) {}});
  publisher.start();
  wait_for([&] { return failures > 0; });
  bool is_over = false;
  publisher.stop([&] { is_over = true; });
  io_.run_for(std::chrono::seconds(30));
  EXPECT_TRUE(is_over);
  EXPECT_TRUE(io_.stopped()) << "nothing is waited for any more";
}

TEST_F(PublisherTest, a_name_that_nobody_knows_is_said_so) {
  TestStream stream(io_);
  const auto publisher = stream.publish("tcp://engine.invalid:9000");
  wait_for([&] { return !stream.failures.empty(); });
  EXPECT_THAT(stream.failures,
              ElementsAre("tcp://engine.invalid:9000 gets no stream: the name is not known"));
}

/// Keyframes that fill what the kernel holds between the two.
TEST_F(PublisherTest, a_slow_engine_loses_whole_groups_and_nobody_else_anything) {
  TestStream stream(io_, 3'000'000);
  TcpEngine slow(io_);
  TcpEngine other(io_);
  slow.reads = false;
  slow.accept();
  other.accept();
  const auto to_slow = stream.publish(url("tcp", slow.acceptor()));
  const auto to_other = stream.publish(url("tcp", other.acceptor()));
  wait_for([&] { return slow.has_accepted() && to_slow->counters().bytes_sent > 0; });
  const auto before = other.got.size();
  wait_for([&] { return other.got.size() > before + 20'000'000; });
  EXPECT_EQ(to_other->counters().skipped_groups, 0U);
  slow.read();
  wait_for([&] { return to_slow->counters().skipped_groups > 0 && slow.got.size() > 12'000'000; });
  mpegts::ContinuityChecker checker;
  checker.feed(ByteView(slow.got).first(slow.got.size() / kTsPacketBytes * kTsPacketBytes));
  EXPECT_EQ(checker.errors, 0) << "what was left out is marked";
  EXPECT_GT(checker.marks, 0);
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(other.got));
  EXPECT_THAT(stream.failures, IsEmpty());
}

class UdpEngine {
 public:
  explicit UdpEngine(asio::io_context& io) : socket_(io, {asio::ip::address_v4::loopback(), 0}) {
    socket_.set_option(asio::socket_base::receive_buffer_size(4 << 20));
    read();
  }
  [[nodiscard]] const udp::socket& socket() const { return socket_; }

  Bytes got;
  std::size_t longest = 0;

 private:
  void read() {
    socket_.async_receive(asio::buffer(datagram_), [this](const auto& error, std::size_t size) {
      if (error) return;
      got.insert(got.end(), datagram_.begin(), datagram_.begin() + static_cast<std::ptrdiff_t>(size));
      longest = std::max(longest, size);
      read();
    });
  }

  udp::socket socket_;
  std::array<std::uint8_t, 65536> datagram_{};
};

TEST_F(PublisherTest, datagrams_have_up_to_seven_packets) {
  TestStream stream(io_);
  UdpEngine engine(io_);
  const auto publisher = stream.publish(url("udp", engine.socket()));
  wait_for([&] { return engine.got.size() > 200'000; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine.got));
  EXPECT_EQ(engine.longest, 1316U);
}

TEST_F(PublisherTest, that_nobody_takes_datagrams_is_told_once_and_they_go_on) {
  TestStream stream(io_);
  const auto publisher = stream.publish(url_without_engine<udp>("udp"));
  wait_for([&] { return publisher->counters().bytes_sent > 200'000; });
  EXPECT_THAT(stream.notices, ElementsAre(HasSubstr("nothing listens there")));
  EXPECT_THAT(stream.failures, IsEmpty());
}

/// Which of localhost's addresses comes first is the machine's to say.
TEST_F(PublisherTest, datagrams_go_to_that_address_of_a_name_where_somebody_takes_them) {
  TestStream stream(io_);
  UdpEngine engine(io_);
  const auto publisher =
      stream.publish("udp://localhost:" + std::to_string(engine.socket().local_endpoint().port()));
  wait_for([&] { return engine.got.size() > 100'000; });
  EXPECT_EQ(stream.published, 1);
  EXPECT_THAT(stream.notices, IsEmpty());
}

/// Its name server is away when the engine has moved.
TEST_F(PublisherTest, a_name_that_is_not_known_for_a_moment_goes_on_being_looked_up) {
  TestStream stream(io_);
  UdpEngine engine(io_);
  const auto moved = SocketAddress::of(engine.socket().local_endpoint());
  const auto left = SocketAddress::of(
      udp::socket(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0)).local_endpoint());
  const auto resolve = [left, moved, asked = std::make_shared<std::atomic<int>>()](const std::string&,
                                                                                   std::uint16_t) {
    const int before = (*asked)++;
    if (before == 0) return traversal::NameLookup::Addresses{left};
    return before == 1 ? traversal::NameLookup::Addresses{} : traversal::NameLookup::Addresses{moved};
  };
  const auto publisher = stream.publish("udp://engine.test:9000", {.resolve = resolve, .again = 1ms});
  wait_for([&] { return engine.got.size() > 100'000; });
  EXPECT_EQ(stream.published, 1);
  EXPECT_THAT(stream.notices, ElementsAre(HasSubstr("nothing listens there")));
}

/// Nothing can be sent any more over this process's socket that is connected to there.
bool break_socket_to(const SocketAddress& peer) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        SocketAddress(reinterpret_cast<const sockaddr*>(&address), size) == peer)
      return ::shutdown(fd, SHUT_WR) == 0;
  }
  return false;
}

/// A name server that answers a question when the next one has long been answered.
class LateAnswers {
 public:
  LateAnswers(const SocketAddress& first, const SocketAddress& late, const SocketAddress& last)
      : answers_(std::make_shared<Answers>(first, late, last)) {}

  [[nodiscard]] traversal::NameLookup::Resolve resolve() const {
    return [all = answers_](const std::string&, std::uint16_t) {
      const int before = all->asked++;
      if (before == 1) all->release.get_future().wait();
      return traversal::NameLookup::Addresses{before == 0 ? all->first : before == 1 ? all->late : all->last};
    };
  }
  [[nodiscard]] int asked() const { return answers_->asked; }
  void release() { answers_->release.set_value(); }
  /// What asks keeps a copy of what answers, until it has handed the answer over.
  [[nodiscard]] long being_asked() const { return answers_.use_count(); }

 private:
  struct Answers {
    Answers(const SocketAddress& a, const SocketAddress& b, const SocketAddress& c)
        : first(a), late(b), last(c) {}
    const SocketAddress first, late, last;
    std::promise<void> release;
    std::atomic<int> asked = 0;
  };
  std::shared_ptr<Answers> answers_;
};

/// The line has failed meanwhile, and the engine was found anew.
TEST_F(PublisherTest, an_answer_that_is_late_takes_no_stream_from_where_it_goes_by_now) {
  TestStream stream(io_);
  UdpEngine engine(io_);
  UdpEngine former(io_);
  const auto left = SocketAddress::of(
      udp::socket(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0)).local_endpoint());
  LateAnswers names(left, SocketAddress::of(former.socket().local_endpoint()),
                    SocketAddress::of(engine.socket().local_endpoint()));
  const auto idle = names.being_asked() + 1;
  const auto publisher = stream.publish("udp://engine.test:9000", {.resolve = names.resolve(), .again = 1ms});
  wait_for([&] { return names.asked() == 2; });
  ASSERT_TRUE(break_socket_to(left));
  wait_for([&] { return engine.got.size() > 10'000; });
  names.release();
  wait_for([&] { return names.being_asked() == idle; });
  bool is_handled = false;
  asio::post(io_, [&] { is_handled = true; });
  wait_for([&] { return is_handled; });
  const auto before = engine.got.size();
  wait_for([&] { return engine.got.size() > before + 100'000; });
  EXPECT_THAT(former.got, IsEmpty());
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine.got));
}

TEST_F(PublisherTest, a_multicast_group_is_sent_to_since_the_user_named_it) {
  TestStream stream(io_);
  const auto publisher = stream.publish("udp://239.255.77.66:5004?ttl=1");
  wait_for([&] { return publisher->counters().bytes_sent > 50'000 || !stream.failures.empty(); });
  // A machine without any network is told of it.
  EXPECT_THAT(stream.failures, testing::AnyOf(IsEmpty(), ElementsAre(HasSubstr("nreachable"))));
}

}  // namespace
}  // namespace pixelpass::publish
