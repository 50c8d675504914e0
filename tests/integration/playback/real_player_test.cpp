#include "pixelpass/playback/http_endpoint.hpp"
#include "pixelpass/playback/player.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include "../../unit/mpegts/ts_packets.hpp"
#include "../http_client.hpp"
#include "ts_file.hpp"
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <optional>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;

int continuity_errors(const Bytes& ts) {
  mpegts::ContinuityChecker checker;
  checker.feed(ts);
  return checker.errors;
}

class RealPlayerTest : public testing::Test {
 protected:
  void make(int seconds, int megabits = 1) {
    frames_ = make_frames(seconds, megabits);
    if (frames_.empty()) GTEST_SKIP() << "no ffmpeg: sudo apt install ffmpeg";
    for (const Frame& frame : frames_) {
      const auto bytes = frame.bytes.view();
      all_.insert(all_.end(), bytes.begin(), bytes.end());
    }
  }
  void push(const Frame& frame) {
    broadcast_.push(frame);
    endpoint_.on_broadcast();
  }
  /// The rest of the stream, `speed` times as fast as it is.
  void play(std::size_t from, double speed, double seconds) {
    if (from >= frames_.size()) return;
    push(frames_[from]);
    pace_.expires_after(std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(seconds / speed / static_cast<double>(frames_.size()))));
    pace_.async_wait([=, this](boost::system::error_code error) {
      if (!error) play(from + 1, speed, seconds);
    });
  }
  /// Runs a command that reads the URL from the stream's first frame on; what it says.
  std::string read_while_playing(const std::string& command, int seconds) {
    auto said = std::async(std::launch::async, [&] { return run(command); });
    EXPECT_TRUE(run_until(io_, [&] { return endpoint_.counters().players == 1; }));
    play(0, 3, seconds);
    EXPECT_TRUE(run_until(io_, [&] { return said.wait_for(0s) == std::future_status::ready; }));
    endpoint_.close();
    return said.get();
  }

  asio::io_context io_;
  Broadcast broadcast_;
  HttpEndpoint endpoint_{io_, SocketAddress::loopback(0), broadcast_, seeded_random(1)};
  asio::steady_timer pace_{io_};
  std::vector<Frame> frames_;
  Bytes all_;
};

TEST_F(RealPlayerTest, FfmpegDecodesEveryPictureWithoutAComplaint) {
  make(4);
  if (IsSkipped()) return;
  // Not to the end: ffmpeg calls the end of every HTTP response without a length premature.
  const auto said = read_while_playing(
      "ffmpeg -v error -analyzeduration 1M -i " + endpoint_.url() + " -map 0:v -frames:v 110 -f md5 -", 4);
  EXPECT_THAT(said, testing::MatchesRegex("MD5=[0-9a-f]+\n")) << "more than pictures";
}

TEST_F(RealPlayerTest, ASlowPlayerGetsWholeGroupsAndTheFastOnesEveryByte) {
  make(12, 5);
  if (IsSkipped()) return;
  const Url url(endpoint_.url());
  HttpClient fast(io_, url.port);
  HttpClient slow(io_, url.port);
  for (HttpClient* client : {&fast, &slow}) {
    client->get(url);
    ASSERT_TRUE(run_until(io_, [&] { return client->has_head(); }));
  }
  std::size_t sent = 0;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    if (i == frames_.size() / 6) slow.stop_reading();
    if (i == frames_.size() * 5 / 6) slow.read();
    push(frames_[i]);
    sent += frames_[i].bytes.size();
    ASSERT_TRUE(run_until(io_, [&] { return fast.body_bytes() >= sent; }));
  }
  EXPECT_EQ(fast.body(), all_);
  endpoint_.close();
  ASSERT_TRUE(run_until(io_, [&] { return slow.ended(); }));
  EXPECT_LT(slow.body_bytes(), all_.size());
  EXPECT_EQ(slow.body_bytes() % 188, 0u);
  EXPECT_GT(endpoint_.counters().skipped_groups, 0u);
  EXPECT_EQ(continuity_errors(slow.body()), 0);
  EXPECT_EQ(decode_complaints(slow.body()), "");
}

TEST_F(RealPlayerTest, AFullPipeGetsWholeGroupsThatDecode) {
  make(12, 5);
  if (IsSkipped()) return;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto writer = StreamWriter::to_descriptor(
      io_, ends[1], broadcast_, [](const Error&) {}, [](const RecordingNotice&) {});
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  Bytes got;
  Bytes buffer(1 << 20);
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    broadcast_.push(frames_[i]);
    writer->on_broadcast();
    const bool stalled = i > frames_.size() / 6 && i < frames_.size() * 5 / 6;
    for (ssize_t size = 0; !stalled && (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
      got.insert(got.end(), buffer.begin(), buffer.begin() + size);
      io_.restart();
      io_.poll();
    }
  }
  for (const int end : ends) ::close(end);
  EXPECT_GT(got.size(), all_.size() / 6);
  EXPECT_LT(got.size(), all_.size());
  EXPECT_EQ(continuity_errors(got), 0);
  EXPECT_EQ(decode_complaints(got), "");
}

/// Asks mpv over its IPC socket for the place in the stream, again and again.
class MpvPosition {
 public:
  MpvPosition(asio::io_context& io, std::string path) : socket_(io), path_(std::move(path)) {}

  std::optional<double> get() {
    boost::system::error_code error;
    if (!socket_.is_open()) {
      socket_.connect({path_}, error);
      if (error) return socket_.close(), std::nullopt;
    }
    asio::write(socket_, asio::buffer(std::string("{\"command\":[\"get_property\",\"time-pos\"]}\n")), error);
    for (std::string line; !error; line.clear()) {
      for (char c = 0; c != '\n' && !error; line += c) asio::read(socket_, asio::buffer(&c, 1), error);
      if (line.find("\"request_id\"") == std::string::npos) continue;  // an event
      const auto at = line.find("\"data\":");
      if (at == std::string::npos) return std::nullopt;
      return std::stod(line.substr(at + 7));
    }
    return std::nullopt;
  }

 private:
  asio::local::stream_protocol::socket socket_;
  std::string path_;
};

TEST_F(RealPlayerTest, MpvPlaysWithOurOptionsAndEndsWithTheStream) {
  if (!installed("mpv")) GTEST_SKIP() << "no mpv: sudo apt install mpv";
  make(6);
  if (IsSkipped()) return;
  const TemporaryFolder folder;
  auto command = mpv_command(endpoint_.url());
  command.insert(command.begin() + 1, {"--vo=null", "--ao=null", "--input-ipc-server=" + folder.file("ipc")});
  std::optional<int> status;
  const PlayerProcess player(io_, command, [&](int ended) { status = ended; });
  ASSERT_TRUE(run_until(io_, [&] { return endpoint_.counters().players == 1 || status; }));
  ASSERT_FALSE(status) << "mpv did not start: an option that it does not take?";
  play(0, 1, 6);
  MpvPosition position(io_, folder.file("ipc"));
  std::optional<double> first;
  EXPECT_TRUE(run_until(io_, [&] {
    const auto now = position.get();
    if (!first) first = now;
    return now && *now > *first + 1;
  }));
  EXPECT_FALSE(status) << "it ended by itself";
  endpoint_.close();
  ASSERT_TRUE(run_until(io_, [&] { return status.has_value(); }));
  EXPECT_EQ(*status, 0);
}

}  // namespace
}  // namespace pixelpass::playback
