#include "pixelpass/playback/http_endpoint.hpp"
#include "pixelpass/playback/player.hpp"

#include "../http_client.hpp"
#include "ts_file.hpp"
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// An address that nobody has a reason to ask.
class Bait {
 public:
  explicit Bait(asio::io_context& io) : acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
    acceptor_.async_accept([this](boost::system::error_code error, const tcp::socket&) { taken_ = !error; });
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  tcp::acceptor acceptor_;
  bool taken_ = false;
};

/// A player's way to the endpoint, with the sounds and pictures thrown away.
class PlayerPathTest : public testing::Test {
 protected:
  std::unique_ptr<PlayerProcess> mpv(std::vector<std::string> command) {
    command.insert(command.begin() + 1, {"--vo=null", "--ao=null"});
    return run(std::move(command));
  }
  /// VLC refuses to run as root, and nobody has no home.
  std::unique_ptr<PlayerProcess> vlc(std::vector<std::string> command) {
    command.front() = "cvlc";
    command.insert(command.begin() + 1,
                   {"--no-audio", "--vout=dummy", "--config=" + folder_.file("vlcrc"), "--no-media-library"});
    if (::geteuid() == 0) {
      constexpr auto kNobody = "65534";
      command.insert(command.begin(), {"setpriv", "--reuid", kNobody, "--regid", kNobody, "--clear-groups"});
    }
    return run(std::move(command));
  }
  std::unique_ptr<PlayerProcess> run(const std::vector<std::string>& command) {
    return std::make_unique<PlayerProcess>(io_, command, [this](int status) { status_ = status; });
  }
  /// What a hostile host would have the player read, for long enough that it has to be looked at.
  void push(std::string text) {
    text.resize(256 << 10, '\n');
    broadcast_.push(Frame{
        .bytes = SharedBytes::adopt(Bytes(text.begin(), text.end())), .captured_at = {}, .keyframe = true});
    endpoint_.on_broadcast();
  }
  bool reads() {
    return run_until(io_, [this] { return endpoint_.counters().served > 0 || status_; }) &&
           endpoint_.counters().served > 0;
  }
  /// The player has read it to its end, and has made of it what it will.
  void ended() {
    endpoint_.close();
    EXPECT_TRUE(run_until(io_, [this] { return status_.has_value(); }));
  }
  static bool missing(const std::string& program) { return !installed(program); }

  asio::io_context io_;
  TemporaryFolder folder_;
  Broadcast broadcast_;
  HttpEndpoint endpoint_{io_, SocketAddress::loopback(0), broadcast_, seeded_random(1)};
  Bait bait_{io_};
  std::optional<int> status_;
};

TEST_F(PlayerPathTest, MpvDoesNotFollowAnEdl) {
  if (missing("mpv")) GTEST_SKIP() << "no mpv: sudo apt install mpv";
  push("# mpv EDL v0\n" + bait_.url() + "/secret,0,5\n");
  const auto player = mpv(mpv_command(endpoint_.url()));
  EXPECT_TRUE(reads());
  ended();
  EXPECT_FALSE(bait_.taken());
}

TEST_F(PlayerPathTest, MpvDoesNotFollowAPlaylist) {
  if (missing("mpv")) GTEST_SKIP() << "no mpv: sudo apt install mpv";
  push("#EXTM3U\n#EXTINF:5\n" + bait_.url() + "/secret\n");
  const auto player = mpv(mpv_command(endpoint_.url()));
  EXPECT_TRUE(reads());
  ended();
  EXPECT_FALSE(bait_.taken());
}

TEST_F(PlayerPathTest, VlcDoesNotFollowAPlaylist) {
  if (missing("cvlc")) GTEST_SKIP() << "no VLC: sudo apt install vlc";
  push("#EXTM3U\n#EXTINF:5\n" + bait_.url() + "/secret\n");
  const auto player = vlc(vlc_command(endpoint_.url()));
  EXPECT_TRUE(reads());
  ended();
  EXPECT_FALSE(bait_.taken());
}

/// A shell with a proxy that answers nothing, in which somebody pastes the printed command.
class ProxyTest : public PlayerPathTest {
 protected:
  std::vector<std::string> in_that_shell(std::vector<std::string> command) {
    const std::string proxy = bait_.url();
    command.insert(command.begin(), {"env", "http_proxy=" + proxy, "no_proxy=localhost,127.0.0.0/8,::1"});
    return command;
  }
};

TEST_F(ProxyTest, MpvAsksTheEndpointAndNotTheProxy) {
  if (missing("mpv")) GTEST_SKIP() << "no mpv: sudo apt install mpv";
  auto command = mpv_command(endpoint_.url());
  command.insert(command.begin() + 1, {"--vo=null", "--ao=null"});
  const auto player = run(in_that_shell(command));
  EXPECT_TRUE(reads());
  EXPECT_FALSE(bait_.taken());
}

TEST_F(ProxyTest, VlcAsksTheEndpointAndNotTheProxy) {
  if (missing("cvlc")) GTEST_SKIP() << "no VLC: sudo apt install vlc";
  const std::string proxy = bait_.url();
  auto command = vlc_command_line(endpoint_.url(), proxy.c_str());
  std::ranges::replace(command, std::string("vlc"), std::string("cvlc"));
  command = in_that_shell(command);
  if (::geteuid() == 0)
    command.insert(command.begin(), {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"});
  const auto player = run(command);
  EXPECT_TRUE(reads());
  EXPECT_FALSE(bait_.taken());
}

}  // namespace
}  // namespace pixelpass::playback
