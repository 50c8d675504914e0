#include "pixelpass/wire/group_stream.hpp"

#include "hostile_fixture.hpp"
#include <malloc.h>

#include <algorithm>
#include <optional>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using wire::StreamKind;

/// A viewer and a host that a test plays.
class FakeHost : public ::testing::Test {
 protected:
  FakeHost()
      : identity_(Identity::generate(seeded_random(kHostileSeed))),
        peer_(network_, *SocketAddress::parse("198.51.100.1:4433"), kHostileSeed, identity_) {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    ticket.candidates = {{CandidateKind::kHost, *SocketAddress::parse("198.51.100.1:4433")}};
    viewer_.emplace(network_, ticket, kHostileSeed, 1);
    network_.on_step = [this] { viewer_->drain(); };
  }

  /// The connection once the viewer has said hello over it.
  RawLine& greeted() {
    EXPECT_TRUE(network_.run_until(
        [&] { return !peer_.lines.empty() && peer_.lines[0]->last<wire::Hello>() != nullptr; }, 2s));
    return *peer_.lines[0];
  }

  RawLine& welcomed() {
    auto& line = greeted();
    line.send(wire::Welcome{});
    peer_.flush_soon();
    EXPECT_TRUE(network_.run_until([&] { return viewer_->count<Connected>() == 1; }, 2s));
    return line;
  }

  void expect_lost() {
    peer_.flush_soon();
    ASSERT_TRUE(network_.run_until([&] { return viewer_->count<Lost>() == 1; }, 2s));
    EXPECT_NE(viewer_->last<Lost>()->reason, "");
    network_.run_for(5s);
    EXPECT_TRUE(std::holds_alternative<Lost>(viewer_->events.back()));
    ASSERT_TRUE(peer_.lines[0]->closed);
    EXPECT_EQ(peer_.lines[0]->closed->code, code_of(CloseCode::kProtocol));
  }

  Network network_{kHostileSeed};
  Identity identity_;
  RawPeer peer_;
  std::optional<SimViewer> viewer_;
};

TEST_F(FakeHost, WithAMalformedControlMessageIsLeft) {
  auto& line = welcomed();
  line.sends.front().append({}, SharedBytes::adopt({0, 0, 0, 2, 'n', 'o'}));
  expect_lost();
}

TEST_F(FakeHost, WithAMessageAboveTheCapIsLeftBeforeItsWelcome) {
  auto& line = greeted();
  line.sends.front().append({}, SharedBytes::adopt({0xff, 0xff, 0xff, 0xff}));
  expect_lost();
}

TEST_F(FakeHost, WithAMalformedGroupIsLeft) {
  auto& line = welcomed();
  Bytes group(wire::kGroupHeaderBytes + wire::kFrameHeaderBytes, 0);
  line.send_on_new_stream(StreamKind::kGroup, group);
  expect_lost();
  EXPECT_NE(viewer_->last<Lost>()->reason.find("a frame of no bytes"), std::string::npos);
}

TEST_F(FakeHost, WithAFrameAboveTheCapIsLeftAndTheFrameIsNamed) {
  auto& line = welcomed();
  Bytes group(wire::kGroupHeaderBytes + wire::kFrameHeaderBytes, 0xff);
  line.send_on_new_stream(StreamKind::kGroup, group);
  expect_lost();
  EXPECT_NE(viewer_->last<Lost>()->reason.find("a frame of more than 8 MiB"), std::string::npos);
}

TEST_F(FakeHost, ThatBreaksOffAGroupInTheMiddleGivesNoFrameOfIt) {
  auto& line = welcomed();
  const auto frame = make_frame(0, 0, 1000, network_.now());
  const auto number = wire::encode_group_header(0);
  const auto header = wire::encode_frame_header(frame);
  Bytes bytes(number.begin(), number.end());
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), 500, 0);
  line.send_on_new_stream(StreamKind::kGroup, bytes);
  line.sends.back().finish();
  peer_.flush_soon();
  network_.run_for(1s);
  EXPECT_TRUE(viewer_->frames.empty());
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, ThatOpensStreamsWithoutEndIsHeldToTheLimit) {
  auto& line = welcomed();
  int opened = 0;
  while (opened < 100 && line.send_on_new_stream(StreamKind::kGroup, Bytes{0})) ++opened;
  EXPECT_EQ(opened, 24);
  peer_.flush_soon();
  network_.run_for(1s);
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, WithHalfALongFrameOnEachStreamIsGivenMemoryForAFew) {
  auto& line = welcomed();
  // A reader has taken memory for the whole frame by then.
  constexpr std::size_t kSent = wire::kMaxFrameBytes / 4 + (16 << 10);
  constexpr std::uint64_t kStreams = 12;
  constexpr std::size_t kLongest = std::size_t{48} << 20;
  const auto in_use = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  for (std::uint64_t number = 0; number < kStreams; ++number) {
    const auto group = wire::encode_group_header(number);
    Bytes bytes(group.begin(), group.end());
    bytes.insert(bytes.end(), {0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
    bytes.resize(bytes.size() + kSent);
    line.send_on_new_stream(StreamKind::kGroup, bytes);
  }
  const auto before = in_use();
  auto most = before;
  for (int i = 0; i < 100; ++i) {
    peer_.flush_soon();
    network_.run_for(200ms);
    most = std::max(most, in_use());
  }
  EXPECT_LE(most - before, kLongest);
  // A stream that was stopped shows it when more is sent over it.
  for (auto& send : line.sends)
    if (&send != &line.sends.front()) send.append({}, SharedBytes::adopt({0}));
  peer_.flush_soon();
  network_.run_for(1s);
  std::vector<bool> stopped;
  for (const auto& send : line.sends) stopped.push_back(send.cancelled());
  std::vector<bool> expected(1 + kStreams, true);
  expected.front() = false;
  std::fill(expected.end() - 4, expected.end(), false);
  EXPECT_EQ(stopped, expected) << "the oldest go";
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, ThatAsksWithoutEndAndAcknowledgesNothingIsLeft) {
  auto& line = welcomed();
  network_.run_for(1s);
  peer_.deaf_above = 600;
  for (int i = 0; i < 14; ++i) line.send(wire::Ping{});
  for (int i = 0; i < 60 * 60 && viewer_->count<Lost>() == 0; ++i) {
    if (line.connection) line.send(wire::Ping{});
    peer_.flush_soon();
    network_.run_for(17ms);
  }
  ASSERT_EQ(viewer_->count<Lost>(), 1u);
  EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
  ASSERT_TRUE(line.closed);
  EXPECT_EQ(line.closed->code, code_of(CloseCode::kExcess));
}

TEST_F(FakeHost, ThatSaysMoreThanItMayIsLeft) {
  auto& line = welcomed();
  for (int i = 0; i < 1000; ++i) line.send(wire::Welcome{});
  peer_.flush_soon();
  ASSERT_TRUE(network_.run_until([&] { return viewer_->count<Lost>() == 1; }, 2s));
  EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
  EXPECT_LE(viewer_->count<Described>(), 201u);
}

TEST_F(FakeHost, ThatFindsOursTooMuchIsNotDialledAgain) {
  auto& line = welcomed();
  line.connection->close(CloseCode::kExcess, "", network_.now());
  peer_.flush_soon();
  ASSERT_TRUE(network_.run_until([&] { return viewer_->count<Lost>() == 1; }, 2s));
  EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
  EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
}

TEST_F(FakeHost, ThatHadNoRoomIsDialledAgain) {
  auto& line = greeted();
  line.connection->close(CloseCode::kBusy, "", network_.now());
  peer_.flush_soon();
  ASSERT_TRUE(network_.run_until([&] { return peer_.lines.size() >= 2 && peer_.lines[1]->ready; }, 2s));
  EXPECT_EQ(viewer_->count<Unreachable>(), 0u);
}

}  // namespace
}  // namespace pixelpass::sim
