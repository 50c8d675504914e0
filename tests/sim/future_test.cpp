#include "pixelpass/wire/group_stream.hpp"

#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>
#include <malloc.h>

#include <optional>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using wire::StreamKind;

constexpr std::uint64_t kFutureSeed = 31;
constexpr std::uint8_t kLaterKind = 0x2a;
constexpr int kMoreThanAtOnce = 30;  ///< streams: those that are over were replaced
constexpr std::size_t kMaxKept = std::size_t{1} << 20;

Bytes of_later_kind(std::size_t bytes) {
  return Bytes(bytes, kLaterKind);
}

std::size_t memory_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// A control message of a type that a later version may have; as short as can be.
Bytes later_message() {
  constexpr std::string_view kText = R"({"type":"?"})";
  Bytes bytes{0, 0, 0, static_cast<std::uint8_t>(kText.size())};
  bytes.insert(bytes.end(), kText.begin(), kText.end());
  return bytes;
}

/// One end is ours, and is met by one that opens streams as a later version might.
class LaterPeer {
 public:
  LaterPeer(Network& network, RawPeer& peer) : network_(network), peer_(peer) {}
  void set_line(RawLine& line) { line_ = &line; }
  RawLine& line() { return *line_; }

  /// Opens as many as it may for so long, each with so many bytes; `give_up` at once, or ended.
  int open_for(Duration time, std::size_t bytes, bool bidirectional, bool give_up = false) {
    int opened = 0;
    for (const auto end = network_.now() + time; network_.now() < end && line_->connection;) {
      while (line_->connection && line_->send_on_new_stream(of_later_kind(bytes), bidirectional)) {
        ++opened;
        auto& send = line_->sends.back();
        if (give_up)
          line_->connection->reset(send, CloseCode::kLate);
        else
          send.finish();
      }
      run_for(10ms);
    }
    return opened;
  }

  /// Sends without an end over one stream. Returns whether the other side has stopped it.
  bool send_without_end(bool bidirectional) {
    const bool opened = line_->connection && line_->send_on_new_stream(of_later_kind(1), bidirectional);
    if (!opened) return false;
    auto& send = line_->sends.back();
    for (int i = 0; i < 200 && !send.cancelled(); ++i) {
      if (send.unsent_bytes() < 100'000) send.append({}, SharedBytes::adopt(of_later_kind(100'000)));
      run_for(10ms);
    }
    return send.cancelled();
  }

  void send_later_messages(int count) {
    for (int i = 0; i < count; ++i) line_->sends.front().append({}, SharedBytes::adopt(later_message()));
  }

  bool is_answered() {
    const auto pongs = [this] {
      return std::ranges::count_if(line_->messages,
                                   [](const auto& m) { return std::holds_alternative<wire::Pong>(m); });
    };
    const auto before = pongs();
    if (!line_->connection) return false;
    line_->send(wire::Ping{});
    peer_.flush_soon();
    return network_.run_until([&] { return pongs() > before; }, 2s);
  }

  void run_for(Duration time) {
    peer_.flush_soon();
    network_.run_for(time);
  }

 private:
  Network& network_;
  RawPeer& peer_;
  RawLine* line_ = nullptr;
};

class ViewerFromTheFuture : public ::testing::Test {
 protected:
  ViewerFromTheFuture() {
    line_ = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    EXPECT_TRUE(call_.network.run_until([&] { return line_->ready; }, 2s));
    later_.set_line(*line_);
  }
  void say_hello(const wire::VersionRange& versions = wire::kVersions) {
    wire::Hello hello;
    hello.versions = versions;
    line_->say_hello(call_.host.identity().secret(), hello);
    later_.run_for(500ms);
    ASSERT_TRUE(line_->last<wire::Welcome>());
    EXPECT_EQ(line_->last<wire::Welcome>()->version, wire::kVersions.highest);
  }
  void expect_refused(const wire::VersionRange& versions) {
    // A later version may prove the secret in another way.
    wire::Hello hello;
    hello.versions = versions;
    line_->send(hello);
    later_.run_for(500ms);
    ASSERT_TRUE(line_->last<wire::Refused>());
    EXPECT_EQ(line_->last<wire::Refused>()->reason, wire::RefusedReason::kVersion);
    EXPECT_EQ(line_->last<wire::Refused>()->versions, wire::kVersions);
    EXPECT_EQ(line_->last<wire::Refused>()->host_time, std::nullopt);
    EXPECT_TRUE(call_.host.events.empty());
  }
  void expect_broken_off() {
    later_.run_for(1s);
    ASSERT_TRUE(line_->closed);
    EXPECT_EQ(line_->closed->code, static_cast<std::uint64_t>(CloseCode::kProtocol));
  }

  Call call_{kFutureSeed};
  RawPeer peer_{call_.network, *SocketAddress::parse("203.0.113.9:5000"), kFutureSeed};
  LaterPeer later_{call_.network, peer_};
  std::shared_ptr<RawLine> line_;
};

class HostFromTheFuture : public ::testing::Test {
 protected:
  HostFromTheFuture() {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    ticket.candidates = {{CandidateKind::kHost, address_}};
    viewer_.emplace(network_, ticket, kFutureSeed, 1);
    network_.on_step = [this] { viewer_->drain(); };
    EXPECT_TRUE(network_.run_until(
        [&] { return !peer_.lines.empty() && peer_.lines[0]->last<wire::Hello>() != nullptr; }, 2s));
    later_.set_line(*peer_.lines[0]);
  }
  void welcome() {
    later_.line().send(wire::Welcome{});
    later_.run_for(500ms);
    ASSERT_EQ(viewer_->count<Connected>(), 1u);
  }

  /// A group of one picture comes as ever.
  void expect_pictures() {
    ASSERT_TRUE(later_.line().connection);
    const auto before = viewer_->frames.size();
    const auto frame = make_frame(++group_, 0, 20'000, network_.now());
    const auto number = wire::encode_group_header(group_);
    const auto header = wire::encode_frame_header(frame);
    Bytes bytes(number.begin(), number.end());
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), frame.bytes.view().begin(), frame.bytes.view().end());
    ASSERT_TRUE(later_.line().send_on_new_stream(StreamKind::kGroup, bytes));
    later_.line().sends.back().finish();
    later_.run_for(500ms);
    EXPECT_EQ(viewer_->frames.size(), before + 1);
    EXPECT_EQ(viewer_->damaged, 0u);
  }
  void expect_broken_off() {
    later_.run_for(1s);
    ASSERT_EQ(viewer_->count<Lost>(), 1u);
    EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
    EXPECT_NE(viewer_->last<Lost>()->reason.find("a stream that is not in the protocol"), std::string::npos);
  }

  Network network_{kFutureSeed};
  SocketAddress address_ = *SocketAddress::parse("198.51.100.1:4433");
  Identity identity_ = Identity::generate(seeded_random(kFutureSeed));
  RawPeer peer_{network_, address_, kFutureSeed, identity_};
  LaterPeer later_{network_, peer_};
  std::optional<SimViewer> viewer_;
  std::uint64_t group_ = 0;
};

TEST_F(ViewerFromTheFuture, StreamsOfAnUnknownKindAreIgnored) {
  say_hello();
  for (const bool bidirectional : {false, true})
    EXPECT_GE(later_.open_for(1s, 5000, bidirectional), kMoreThanAtOnce) << bidirectional;
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(ViewerFromTheFuture, StreamsOfAnUnknownKindMayComeBeforeTheControlStream) {
  for (const bool bidirectional : {false, true})
    EXPECT_TRUE(line_->send_on_new_stream(of_later_kind(10), bidirectional));
  later_.run_for(100ms);
  line_->sends.clear();
  line_->send_on_new_stream(StreamKind::kControl, wire::encode(wire::Ping{}));
  later_.run_for(100ms);
  EXPECT_FALSE(line_->closed);
}

TEST_F(ViewerFromTheFuture, StreamsOfAnUnknownKindComeOnlySoOften) {
  say_hello();
  const auto memory = memory_in_use();
  const int opened = later_.open_for(5s, 100, false) + later_.open_for(5s, 100, true);
  EXPECT_GE(opened, 64) << "what may come at once; its own packets bring the others, and it sends none more";
  EXPECT_LE(opened, 64 + 10 * 60 + 2 * 8);
  line_->sends.resize(1);
  EXPECT_LE(memory_in_use(), memory + kMaxKept);
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(ViewerFromTheFuture, StreamsThatAreGivenUpBeforeTheirKindHasComeAreNotKept) {
  say_hello();
  for (const bool bidirectional : {false, true})
    EXPECT_GE(later_.open_for(2s, 0, bidirectional, true), kMoreThanAtOnce) << bidirectional;
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(ViewerFromTheFuture, StreamsWithNothingOnThemAreNotKept) {
  say_hello();
  for (const bool bidirectional : {false, true})
    EXPECT_GE(later_.open_for(2s, 0, bidirectional), kMoreThanAtOnce) << bidirectional;
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(ViewerFromTheFuture, AnEndlessStreamOfAnUnknownKindIsStopped) {
  say_hello();
  for (const bool bidirectional : {false, true}) EXPECT_TRUE(later_.send_without_end(bidirectional));
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(ViewerFromTheFuture, MessagesOfAnUnknownKindAreIgnored) {
  say_hello();
  for (int second = 0; second < 30; ++second) {
    later_.send_later_messages(50);
    later_.run_for(1s);
  }
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(ViewerFromTheFuture, AFloodOfMessagesOfAnUnknownKindIsNotTaken) {
  say_hello();
  later_.send_later_messages(1000);
  later_.run_for(1s);
  ASSERT_TRUE(line_->closed);
  EXPECT_EQ(line_->closed->code, static_cast<std::uint64_t>(CloseCode::kExcess));
}

TEST_F(ViewerFromTheFuture, AGroupIsNotTaken) {
  say_hello();
  line_->send_on_new_stream(StreamKind::kGroup, Bytes{0});
  expect_broken_off();
}

TEST_F(ViewerFromTheFuture, ASecondControlStreamIsNotTaken) {
  say_hello();
  line_->send_on_new_stream(StreamKind::kControl, wire::encode(wire::Ping{}));
  expect_broken_off();
}

TEST_F(ViewerFromTheFuture, AControlStreamInOneDirectionIsNotTaken) {
  line_->send_on_new_stream(Bytes{static_cast<std::uint8_t>(StreamKind::kControl)}, false);
  expect_broken_off();
}

TEST_F(ViewerFromTheFuture, IsAnsweredInTheHighestVersionThatBothSpeak) {
  say_hello({wire::kVersions.lowest, wire::kVersions.highest + 3});
}

TEST_F(ViewerFromTheFuture, IsToldWhatTheHostSpeaksWhenThatIsTooOld) {
  expect_refused({wire::kVersions.highest + 1, wire::kVersions.highest + 2});
}

TEST_F(ViewerFromTheFuture, OrFromThePastIsToldWhatTheHostSpeaks) {
  expect_refused({0, wire::kVersions.lowest - 1});
}

TEST_F(HostFromTheFuture, StreamsOfAnUnknownKindAreIgnored) {
  welcome();
  for (const bool bidirectional : {false, true})
    EXPECT_GE(later_.open_for(1s, 5000, bidirectional), kMoreThanAtOnce) << bidirectional;
  EXPECT_TRUE(later_.is_answered());
  expect_pictures();
  EXPECT_EQ(viewer_->count<Lost>() + viewer_->count<Reconnecting>(), 0u);
}

TEST_F(HostFromTheFuture, StreamsOfAnUnknownKindComeOnlySoOften) {
  welcome();
  const int opened = later_.open_for(5s, 100, false) + later_.open_for(5s, 100, true);
  EXPECT_GE(opened, 10 * 60) << "what may come in that time";
  EXPECT_LE(opened, 64 + 10 * 60 + 24 + 8);
  expect_pictures();
}

TEST_F(HostFromTheFuture, GroupsComeAsOftenAsTheyLike) {
  welcome();
  int opened = 0;
  for (; opened < 1000; ++opened) {
    ASSERT_TRUE(later_.line().send_on_new_stream(StreamKind::kGroup, Bytes(8))) << opened;
    later_.line().sends.back().finish();
    later_.run_for(5ms);
  }
  expect_pictures();
}

TEST_F(HostFromTheFuture, StreamsThatAreGivenUpBeforeTheirKindHasComeAreNotKept) {
  welcome();
  for (const bool bidirectional : {false, true})
    EXPECT_GE(later_.open_for(2s, 0, bidirectional, true), kMoreThanAtOnce) << bidirectional;
  expect_pictures();
}

TEST_F(HostFromTheFuture, AnEndlessStreamOfAnUnknownKindIsStopped) {
  welcome();
  const auto memory = memory_in_use();
  for (const bool bidirectional : {false, true}) EXPECT_TRUE(later_.send_without_end(bidirectional));
  EXPECT_LE(memory_in_use(), memory + kMaxKept);
  EXPECT_TRUE(later_.is_answered());
  expect_pictures();
}

TEST_F(HostFromTheFuture, MessagesOfAnUnknownKindAreIgnored) {
  welcome();
  for (int second = 0; second < 30; ++second) {
    later_.send_later_messages(50);
    later_.run_for(1s);
  }
  EXPECT_TRUE(later_.is_answered());
}

TEST_F(HostFromTheFuture, AFloodOfMessagesOfAnUnknownKindIsNotTaken) {
  welcome();
  later_.send_later_messages(1000);
  later_.run_for(1s);
  ASSERT_EQ(viewer_->count<Lost>(), 1u);
  EXPECT_EQ(later_.line().closed->code, static_cast<std::uint64_t>(CloseCode::kExcess));
}

TEST_F(HostFromTheFuture, AControlStreamOfTheHostsIsNotTaken) {
  welcome();
  later_.line().send_on_new_stream(StreamKind::kControl, wire::encode(wire::Ping{}));
  expect_broken_off();
}

TEST_F(HostFromTheFuture, AGroupInBothDirectionsIsNotTaken) {
  welcome();
  later_.line().send_on_new_stream(Bytes{static_cast<std::uint8_t>(StreamKind::kGroup)}, true);
  expect_broken_off();
}

TEST_F(HostFromTheFuture, IsToldWhichVersionsWeSpeak) {
  EXPECT_EQ(later_.line().last<wire::Hello>()->versions, wire::kVersions);
}

TEST_F(HostFromTheFuture, ThatDoesNotSpeakOursIsNotDialledAgainAndItsVersionsAreKnown) {
  const wire::VersionRange later{wire::kVersions.highest + 1, wire::kVersions.highest + 4};
  later_.line().send(wire::Refused{.reason = wire::RefusedReason::kVersion, .versions = later});
  later_.run_for(10s);
  ASSERT_EQ(viewer_->count<RefusedByHost>(), 1u);
  EXPECT_EQ(viewer_->last<RefusedByHost>()->reason, wire::RefusedReason::kVersion);
  EXPECT_EQ(viewer_->last<RefusedByHost>()->versions, later);
  EXPECT_EQ(peer_.lines.size(), 1u);
}

TEST_F(HostFromTheFuture, ThatRefusesForALaterReasonIsUnderstoodSo) {
  constexpr auto kLaterReason = static_cast<std::uint64_t>(wire::RefusedReason::kUnknown) + 250;
  const auto code = static_cast<CloseCode>(static_cast<std::uint64_t>(CloseCode::kRefused) + kLaterReason);
  later_.line().connection->close(code, "", network_.now());
  later_.run_for(1s);
  ASSERT_EQ(viewer_->count<RefusedByHost>(), 1u);
  EXPECT_EQ(viewer_->last<RefusedByHost>()->reason, wire::RefusedReason::kUnknown);
}

TEST_F(HostFromTheFuture, ThatChoosesAVersionWhichItWasNotOfferedIsLeft) {
  wire::Welcome welcome;
  welcome.version = wire::kVersions.highest + 1;
  later_.line().send(welcome);
  later_.run_for(1s);
  ASSERT_EQ(viewer_->count<Lost>(), 1u);
  EXPECT_NE(viewer_->last<Lost>()->reason.find("a version that was not offered"), std::string::npos);
  EXPECT_EQ(viewer_->count<Connected>(), 0u);
}

}  // namespace
}  // namespace pixelpass::sim
