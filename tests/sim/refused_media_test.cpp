#include "pixelpass/mpegts/ts_writer.hpp"
#include "pixelpass/wire/group_stream.hpp"

#include "app/view/viewer_session.hpp"
#include "raw_peer.hpp"
#include "sim_network.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace pixelpass::sim {
namespace {

using namespace std::chrono_literals;
using tunnel::CloseCode;

constexpr std::uint64_t kRefusalSeed = 23;
constexpr std::string_view kPlaylist = "#EXTM3U\nhttp://192.0.2.1/\n";
const SocketAddress kHost = *SocketAddress::parse("198.51.100.1:4433");
const SocketAddress kViewer = *SocketAddress::parse("203.0.113.1:5000");

/// A host who lets everybody in, sends one frame, and then either breaks the connection off or says nothing
/// more. Over each connection that is `good` it is a picture; over all others it is a playlist.
class RefusedMedia : public testing::Test {
 protected:
  void SetUp() override {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    ticket.candidates = {{CandidateKind::kHost, kHost}};
    app::ViewerSessionSettings settings;
    settings.tunnel.ticket = ticket;
    settings.load = [] { return app::ViewLoad{}; };
    session_ = std::make_unique<app::ViewerSession>(std::move(settings), kViewer, seeded_random(kRefusalSeed),
                                                    network_.now(), network_.wall_clock());
    const auto node = network_.add(*session_, kViewer);
    network_.set_both(node, {.delay = 20ms});
    network_.on_step = [this] { step(); };
    session_->start({}, network_.now());
  }

  void step() {
    for (std::size_t i = served_; i < host_.lines.size(); ++i) {
      if (!host_.lines[i]->last<wire::Hello>()) break;
      serve(host_.lines[i], ++served_);
    }
    session_->advance(network_.now());
    while (auto event = session_->poll_event())
      if (auto* failed = std::get_if<app::Failed>(&*event)) failures_.push_back(failed->error);
  }

  void serve(const std::shared_ptr<RawLine>& line, std::size_t number) {
    line->send(wire::Welcome{.host_name = "host", .stream = {}});
    const bool is_good = std::ranges::count(good_, number) > 0;
    const Frame frame =
        is_good ? picture() : Frame{SharedBytes::copy_of(as_bytes(kPlaylist)), network_.now(), true};
    const auto start = wire::encode_group_header(group_ ? *group_ : number);
    Bytes group(start.begin(), start.end());
    const auto header = wire::encode_frame_header(frame);
    const auto bytes = frame.bytes.view();
    group.insert(group.end(), header.begin(), header.end());
    group.insert(group.end(), bytes.begin(), bytes.end());
    line->send_on_new_stream(wire::StreamKind::kGroup, group);
    host_.flush_soon();
    if (breaks_off_)
      network_.at(network_.now() + 1s, [this, line] {
        if (line->connection) line->connection->close(CloseCode::kUnused, "", network_.now());
        host_.flush_soon();
      });
  }

  Frame picture() {
    Bytes unit(1000, 0x5a);
    std::ranges::copy(Bytes{0, 0, 0, 1, 0x65}, unit.begin());
    return writer_.write({.bytes = SharedBytes::adopt(std::move(unit)),
                          .kind = AccessUnit::Kind::kVideo,
                          .pts = network_.now() - Instant{},
                          .captured_at = network_.now(),
                          .duration = {},
                          .keyframe = true});
  }

  void expect_the_end_after(std::size_t connections) {
    ASSERT_TRUE(network_.run_until([&] { return session_->exit_code().has_value(); }, 5min));
    EXPECT_EQ(served_, connections);
    EXPECT_EQ(session_->exit_code(), ExitCode::kConnectionLost);
    ASSERT_EQ(failures_.size(), 1u);
    EXPECT_THAT(failures_[0].what, testing::HasSubstr("3 connections in a row"));
  }

  Network network_{kRefusalSeed};
  const tunnel::Identity identity_ = tunnel::Identity::generate(seeded_random(kRefusalSeed));
  RawPeer host_{network_, kHost, kRefusalSeed, identity_};
  mpegts::TsWriter writer_{{.video = true, .audio = false}};
  std::unique_ptr<app::ViewerSession> session_;
  std::vector<Error> failures_;
  std::vector<std::size_t> good_;  ///< connections, counted from 1
  std::size_t served_ = 0;
  bool breaks_off_ = true;
  std::optional<std::uint64_t> group_;  ///< the same one over each connection, not one of its own
};

TEST_F(RefusedMedia, AHostThatBreaksOffEachTimeIsLeftAfterThreeConnections) {
  expect_the_end_after(3);
}

TEST_F(RefusedMedia, AHostThatFallsSilentEachTimeIsLeftAfterThreeConnections) {
  breaks_off_ = false;
  expect_the_end_after(3);
}

TEST_F(RefusedMedia, TheSameGroupAgainAndAgainIsMediaThatIsRefusedToo) {
  group_ = 1;
  expect_the_end_after(3);
}

/// Pictures all of them; but none of them could have a successor.
TEST_F(RefusedMedia, AHostThatBeginsWithTheLastGroupThatThereCanBeIsLeftToo) {
  group_ = std::numeric_limits<std::uint64_t>::max();
  good_ = {1, 2, 3, 4, 5, 6, 7, 8};
  expect_the_end_after(3);
}

TEST_F(RefusedMedia, OnePictureInBetweenBeginsTheCountAnew) {
  good_ = {2, 5};
  expect_the_end_after(8);
}

TEST_F(RefusedMedia, AHostWithPicturesIsDialledAgainHoweverOftenItBreaksOff) {
  good_ = {1, 2, 3, 4, 5, 6, 7, 8};
  ASSERT_TRUE(network_.run_until([&] { return served_ == good_.size(); }, 5min));
  EXPECT_FALSE(session_->exit_code());
}

}  // namespace
}  // namespace pixelpass::sim
