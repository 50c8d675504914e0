#include "pixelpass/playback/mpv_ipc.hpp"

#include "pixelpass/playback/catch_up.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace json = boost::json;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr Duration kDeadline = 20s;
constexpr auto kUrl = "http://127.0.0.1:1/stream";

/// mpv's side of the socket: answers as it is told to, and keeps what it was asked.
class FakeMpv {
 public:
  FakeMpv(asio::io_context& io, const std::string& path)
      : acceptor_(io, stream_protocol::endpoint(path)), socket_(io) {
    accept();
  }

  json::object properties{{"time-pos", 10.0}, {"pause", false}, {"speed", 1.0}};
  bool answers = true;
  std::vector<json::array> commands;  ///< but for questions
  int questions = 0;

  void say(const std::string& text) {
    unsent_ += text;
    if (!sending_.empty()) return;
    sending_.swap(unsent_);
    asio::async_write(socket_, asio::buffer(sending_), [this](error_code error, std::size_t) {
      if (error) return;
      sending_.clear();
      if (!unsent_.empty()) say("");
    });
  }
  /// And is there for who comes again.
  void drop() {
    error_code ignored;
    socket_.close(ignored);
    accept();
  }
  void leave() {
    error_code ignored;
    socket_.close(ignored);
    acceptor_.close(ignored);
  }

 private:
  void accept() {
    acceptor_.async_accept(socket_, [this](error_code error) {
      if (!error) read();
    });
  }
  void read() {
    asio::async_read_until(socket_, input_, '\n', [this](error_code error, std::size_t size) {
      if (error) return;
      const std::string line(asio::buffers_begin(input_.data()),
                             asio::buffers_begin(input_.data()) + static_cast<std::ptrdiff_t>(size));
      input_.consume(size);
      on_line(json::parse(line).as_object());
      read();
    });
  }
  void on_line(const json::object& line) {
    const auto& command = line.at("command").as_array();
    json::object answer{{"request_id", line.at("request_id")}, {"error", "success"}};
    if (command[0] == "get_property") {
      ++questions;
      const auto* value = properties.if_contains(command[1].as_string());
      if (value == nullptr) answer["error"] = "property unavailable";
      if (value != nullptr) answer["data"] = *value;
    } else {
      commands.push_back(command);
      if (command[0] == "set_property") properties[command[1].as_string()] = command[2];
    }
    if (answers) say(json::serialize(answer) + "\n");
  }

  stream_protocol::acceptor acceptor_;
  stream_protocol::socket socket_;
  asio::streambuf input_;
  std::string unsent_;
  std::string sending_;
};

/// That an answer is made of.
constexpr int kQuestions = 7;

class MpvIpcTest : public testing::Test {
 protected:
  MpvIpcTest() {
    std::string name = fs::temp_directory_path() / "mpv-ipc-test-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~MpvIpcTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ / "socket"; }
  /// Runs until it holds.
  void until(const std::function<bool()>& holds) {
    const Instant deadline = Clock::now() + kDeadline;
    while (!holds() && Clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    ASSERT_TRUE(holds());
  }
  PlayerState ask(MpvIpc& ipc) {
    std::optional<PlayerState> state;
    until([&] {
      if (!state) ipc.ask([&state](const PlayerState& said) { state = said; });
      return state.has_value();
    });
    return state.value_or(PlayerState{});
  }

  asio::io_context io_;
  fs::path folder_;
};

TEST_F(MpvIpcTest, APlayersStateIsWhatItSays) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  mpv.properties["pause"] = true;
  mpv.properties["speed"] = 1.25;
  const auto state = ask(ipc);
  EXPECT_EQ(state.position, Ticks(900'000));
  EXPECT_TRUE(state.paused);
  EXPECT_EQ(state.speed, 1.25);
  EXPECT_EQ(state.underruns, 0);
}

TEST_F(MpvIpcTest, ItConnectsOnceThePlayerHasMadeItsSocket) {
  MpvIpc ipc(io_, path(), kUrl);
  io_.run_for(50ms);
  FakeMpv mpv(io_, path());
  EXPECT_TRUE(ask(ipc).position);
}

TEST_F(MpvIpcTest, APositionThatIsNotThereOrNoneIsNone) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  for (const json::value& odd : {json::value(1e300), json::value("10"), json::value(nullptr)}) {
    mpv.properties["time-pos"] = odd;
    EXPECT_FALSE(ask(ipc).position) << json::serialize(odd);
  }
  mpv.properties.erase("time-pos");
  EXPECT_FALSE(ask(ipc).position);
}

TEST_F(MpvIpcTest, UnderrunsAreCountedSinceTheLastAnswer) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  const std::string underrun =
      "{\"event\":\"log-message\",\"level\":\"warn\",\"text\":\"Audio device underrun detected.\"}\n";
  mpv.say(underrun + underrun);
  EXPECT_EQ(ask(ipc).underruns, 2);
  EXPECT_EQ(ask(ipc).underruns, 0);
  EXPECT_EQ(mpv.commands.at(0), (json::array{"request_log_messages", "warn"}));
}

TEST_F(MpvIpcTest, DroppedPicturesAreCountedSinceTheLastAnswer) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  const auto say_dropped = [&](int by_output, int by_decoder) {
    mpv.properties["frame-drop-count"] = by_output;
    mpv.properties["decoder-frame-drop-count"] = by_decoder;
  };
  say_dropped(100, 7);
  EXPECT_EQ(ask(ipc).dropped, 0U) << "nobody knows when";
  say_dropped(104, 9);
  EXPECT_EQ(ask(ipc).dropped, 6U);
  EXPECT_EQ(ask(ipc).dropped, 0U);
  say_dropped(1, 0);
  EXPECT_EQ(ask(ipc).dropped, 0U) << "it has opened the stream again";
  say_dropped(3, 0);
  EXPECT_EQ(ask(ipc).dropped, 2U);
}

TEST_F(MpvIpcTest, PicturesThatTheMonitorHasNoTimeForAreNotCounted) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  mpv.properties["display-fps"] = 30.0;
  mpv.properties["estimated-vf-fps"] = 60.0;
  mpv.properties["frame-drop-count"] = 0;
  ask(ipc);
  const auto began = Clock::now();
  std::uint64_t dropped = 0;
  std::int64_t total = 0;
  while (total < 30) {
    total = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count() * 30 / 1000;
    mpv.properties["frame-drop-count"] = total;
    dropped += ask(ipc).dropped;
  }
  EXPECT_LE(dropped, 3U) << "of " << total;
  mpv.properties["frame-drop-count"] = total + 1000;
  EXPECT_GE(ask(ipc).dropped, 900U) << "more than that is the machine's";
}

TEST_F(MpvIpcTest, OneQuestionAtATime) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  const int before = mpv.questions;
  mpv.answers = false;
  for (int i = 0; i < 100; ++i) ipc.ask([](const PlayerState&) { ADD_FAILURE() << "it was not answered"; });
  until([&] { return mpv.questions == before + kQuestions; });
  ipc.set_speed(1.5);
  until([&] { return mpv.properties["speed"] == 1.5; });
  EXPECT_EQ(mpv.questions, before + kQuestions);
}

TEST_F(MpvIpcTest, AJumpOpensTheUrlAgain) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  ipc.jump();
  until([&] { return mpv.commands.size() == 2; });
  EXPECT_EQ(mpv.commands.back(), (json::array{"loadfile", kUrl, "replace"}));
}

TEST_F(MpvIpcTest, TheSoundDeviceIsOpenedAgain) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  ipc.reopen_sound();
  until([&] { return mpv.commands.size() == 2; });
  EXPECT_EQ(mpv.commands.back(), (json::array{"ao-reload"}));
}

TEST_F(MpvIpcTest, APlayerThatDropsTheConnectionIsAskedOverAnother) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  mpv.answers = false;
  ipc.ask([](const PlayerState&) { ADD_FAILURE() << "it was dropped with its question"; });
  until([&] { return mpv.questions == 2 * kQuestions; });
  mpv.drop();
  mpv.answers = true;
  mpv.properties["speed"] = 1.25;
  EXPECT_EQ(ask(ipc).speed, 1.25);
  EXPECT_EQ(mpv.commands.back(), (json::array{"request_log_messages", "warn"}));
}

TEST_F(MpvIpcTest, APlayerThatLeavesIsNoErrorAndIsNotAskedAgain) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  mpv.answers = false;
  ipc.ask([](const PlayerState&) { ADD_FAILURE() << "nobody is there to answer"; });
  until([&] { return mpv.questions == 2 * kQuestions; });
  mpv.leave();
  io_.run_for(20ms);
  for (int i = 0; i < 1000; ++i) {
    ipc.ask([](const PlayerState&) { ADD_FAILURE(); });
    ipc.set_speed(2);
    ipc.jump();
  }
  io_.restart();
  io_.run_for(20ms);
}

TEST_F(MpvIpcTest, RubbishIsSurvived) {
  FakeMpv mpv(io_, path());
  MpvIpc ipc(io_, path(), kUrl);
  ask(ipc);
  mpv.say(std::string(1 << 20, 'x') + "\n[[[[\n{}\n");
  EXPECT_TRUE(ask(ipc).position);
}

TEST_F(MpvIpcTest, CatchUpMakesAPlayerThatIsBehindFasterAndOneThatIsFarBehindJump) {
  FakeMpv mpv(io_, path());
  mpegts::StreamClock clock;
  Bytes packet(188, 0xff);
  const Bytes head{0x47, 0x41, 0, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5};
  std::ranges::copy(head, packet.begin());
  const auto live = [&](double seconds) {
    const auto value = static_cast<std::uint64_t>(seconds * 90'000);
    const auto put = [&](std::size_t at, std::uint64_t bits) {
      packet[at] = static_cast<std::uint8_t>(bits);
    };
    put(13, 0x21 | (value >> 29 & 0x0e));
    put(14, value >> 22);
    put(15, (value >> 14 & 0xfe) | 1);
    put(16, value >> 7);
    put(17, (value << 1 & 0xfe) | 1);
    clock.on_frame({.bytes = SharedBytes::adopt(Bytes(packet)), .captured_at = {}}, Clock::now() - 1s);
  };
  CatchUp catch_up(io_, std::make_unique<MpvIpc>(io_, path(), kUrl), clock, LiveEdge::fine());
  const auto began = Clock::now();
  const auto behind_by = [&](double seconds) {
    const double played = 10 + std::chrono::duration<double>(Clock::now() - began).count();
    mpv.properties["time-pos"] = played;
    live(played + seconds);
  };
  until([&] {
    behind_by(1);
    return mpv.properties["speed"] == 1.5;
  });
  // What comes is carried on by the clock, a tenth of a second at most.
  until([&] {
    behind_by(1);
    return catch_up.lag() > 1s && catch_up.lag() < 1200ms && catch_up.speed() == 1.5;
  });
  until([&] {
    behind_by(20);
    return !mpv.commands.empty() && mpv.commands.back()[0] == "loadfile";
  });
}

}  // namespace
}  // namespace pixelpass::playback
