#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using namespace std::chrono_literals;

constexpr std::uint64_t kWaysSeed = 23;

/// A viewer with several ways to one host, whose end of each a test plays.
class Ways : public ::testing::Test {
 protected:
  void dial(int count) {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    for (int i = 0; i < count; ++i) {
      const auto address = address_of(static_cast<std::size_t>(i));
      ticket.candidates.push_back({CandidateKind::kHost, address});
      auto& peer =
          peers_.emplace_back(network_, address, kWaysSeed + static_cast<std::uint64_t>(i), identity_);
      // The first way is the fastest, and so the first that is greeted.
      network_.set_both(peer.node(), {.delay = 5ms + 2ms * i});
    }
    viewer_.emplace(network_, ticket, kWaysSeed, 1);
    network_.on_step = [this] {
      viewer_->drain();
      if (on_step_) on_step_();
    };
  }

  static SocketAddress address_of(std::size_t way) {
    return *SocketAddress::parse("198.51.100." + std::to_string(way + 1) + ":4433");
  }

  /// A connection of this way that was greeted and lives, or null.
  [[nodiscard]] RawLine* greeted(std::size_t way) const {
    for (const auto& line : peers_.at(way).lines)
      if (!line->closed && !line->deaf && line->last<wire::Hello>()) return line.get();
    return nullptr;
  }

  bool until_greeted(std::size_t way, Duration within) {
    return network_.run_until([&] { return greeted(way) != nullptr; }, within);
  }

  /// Nothing passes there any more.
  void cut(std::size_t way) { network_.set_both(peers_.at(way).node(), {.cut = true}); }
  void break_off(std::size_t way, CloseCode code) {
    greeted(way)->connection->close(code, "", network_.now());
    peers_.at(way).flush_soon();
  }

  void send(std::size_t way, const wire::ControlMessage& message) {
    greeted(way)->send(message);
    peers_.at(way).flush_soon();
  }

  void expect_let_in(std::size_t way, Duration within) {
    ASSERT_TRUE(until_greeted(way, within));
    send(way, wire::Welcome{});
    ASSERT_TRUE(network_.run_until([this] { return viewer_->count<Connected>() == 1; }, 1s));
    EXPECT_EQ(viewer_->last<Connected>()->path.remote, address_of(way));
    EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
  }

  Network network_{kWaysSeed};
  Identity identity_ = Identity::generate(seeded_random(kWaysSeed));
  std::deque<RawPeer> peers_;
  std::optional<SimViewer> viewer_;
  std::function<void()> on_step_;
};

TEST_F(Ways, GoesOnOverTheSecondSoonWhenTheFirstFallsSilentAfterItsHello) {
  dial(2);
  ASSERT_TRUE(until_greeted(0, 1s));
  cut(0);
  expect_let_in(1, 500ms);
  network_.run_for(2s);
  EXPECT_EQ(viewer_->events.size(), 2u);  // Connected, Described
}

TEST_F(Ways, GoesOnOverTheSecondAtOnceWhenTheFirstDiesAfterItsHello) {
  dial(2);
  ASSERT_TRUE(until_greeted(0, 1s));
  break_off(0, CloseCode::kLate);
  expect_let_in(1, 50ms);
}

TEST_F(Ways, DialsTheOnlyOneAnewThatFallsSilentAfterItsHello) {
  dial(1);
  ASSERT_TRUE(until_greeted(0, 1s));
  greeted(0)->deaf = true;
  expect_let_in(0, 1s);
}

/// The second is still waited for when the first, which was given up for silent, dies.
TEST_F(Ways, DialsTheFirstAnewThatDiesAfterTheSecondWasGreeted) {
  dial(2);
  ASSERT_TRUE(until_greeted(0, 1s));
  ASSERT_TRUE(until_greeted(1, 2s));
  cut(1);
  break_off(0, CloseCode::kLate);
  expect_let_in(0, 1s);
}

TEST_F(Ways, ReachesTheLastOfManyWhenAllOthersFallSilentAfterTheirHello) {
  constexpr std::size_t kMany = 10;
  dial(kMany);
  on_step_ = [this] {
    for (std::size_t way = 0; way + 1 < kMany; ++way)
      if (greeted(way)) cut(way);
  };
  expect_let_in(kMany - 1, 5s);
}

TEST_F(Ways, ReachesTheLastOfManyAgainWhenAllOthersFallSilentAfterTheirHello) {
  constexpr std::size_t kMany = 5;
  dial(kMany);
  on_step_ = [this] {
    for (std::size_t way = 0; way + 1 < kMany; ++way)
      for (const auto& line : peers_.at(way).lines)
        if (line->last<wire::Hello>()) line->deaf = true;
  };
  ASSERT_NO_FATAL_FAILURE(expect_let_in(kMany - 1, 8s));
  break_off(kMany - 1, CloseCode::kLate);
  ASSERT_TRUE(network_.run_until([this] { return viewer_->count<Reconnecting>() == 1; }, 1s));
  ASSERT_TRUE(until_greeted(kMany - 1, 10s));
  send(kMany - 1, wire::Welcome{});
  EXPECT_TRUE(network_.run_until([this] { return viewer_->count<Connected>() == 2; }, 1s));
}

TEST_F(Ways, DialsAnewWhenEachDiesDuringItsHandshake) {
  dial(2);
  on_step_ = [this] {
    for (auto& peer : peers_)
      if (peer.lines.size() == 1 && !peer.lines.front()->closed && !peer.lines.front()->ready) {
        peer.lines.front()->connection->close(CloseCode::kBusy, "", network_.now());
        peer.flush_soon();
      }
  };
  expect_let_in(0, 2s);
}

/// Nothing that it answers arrives: to the viewer the handshake never goes on.
TEST_F(Ways, DialsAnewWhenTheOnlyOneFallsSilentDuringItsHandshake) {
  dial(1);
  network_.on_way = [this](const SocketAddress& from, const SocketAddress&) -> std::optional<Duration> {
    const bool is_lost = from == address_of(0) && peers_.front().lines.size() == 1;
    return is_lost ? std::nullopt : std::optional(Duration{});
  };
  ASSERT_TRUE(network_.run_until([this] { return !peers_.front().lines.empty(); }, 1s));
  peers_.front().lines.front()->deaf = true;
  expect_let_in(0, 4s);
}

TEST_F(Ways, GoesOnOverTheSecondWhenSomethingElseAnswersOnTheFirst) {
  const auto other = Identity::generate(seeded_random(kWaysSeed + 1));
  RawPeer stranger(network_, address_of(0), kWaysSeed, other);  // before the first way, and so instead of it
  dial(2);
  expect_let_in(1, 500ms);
  EXPECT_EQ(viewer_->count<WrongHost>(), 0u);
}

TEST_F(Ways, EndsAtTheDeadlineAndNotBeforeWhenAllFallSilent) {
  dial(3);
  const auto began = network_.now();
  on_step_ = [this] {
    for (std::size_t way = 0; way < 3; ++way)
      if (greeted(way)) cut(way);
  };
  ASSERT_TRUE(network_.run_until([this] { return !viewer_->events.empty(); }, 20s));
  EXPECT_EQ(viewer_->count<Unreachable>(), 1u);
  EXPECT_GE(network_.now() - began, 8s);
  EXPECT_LE(network_.now() - began, 8100ms);
  network_.run_for(20s);
  EXPECT_EQ(viewer_->events.size(), 1u);
}

TEST_F(Ways, EndsAtOnceWhenTheHostRefuses) {
  dial(2);
  ASSERT_TRUE(until_greeted(0, 1s));
  send(0, wire::Refused{wire::RefusedReason::kFull, {}});
  ASSERT_TRUE(network_.run_until([this] { return !viewer_->events.empty(); }, 100ms));
  EXPECT_EQ(viewer_->count<RefusedByHost>(), 1u);
  network_.run_for(20s);
  EXPECT_EQ(viewer_->events.size(), 1u);
  EXPECT_EQ(greeted(1), nullptr);
}

/// As a host that was full when it heard the first hello, and had room at the second.
TEST_F(Ways, StaysWhereItWasLetInWhenTheOtherRefusesLate) {
  dial(2);
  ASSERT_TRUE(until_greeted(0, 1s));
  ASSERT_NO_FATAL_FAILURE(expect_let_in(1, 1500ms));
  ASSERT_NE(greeted(0), nullptr);
  send(0, wire::Refused{wire::RefusedReason::kFull, {}});
  network_.run_for(1s);
  EXPECT_EQ(viewer_->count<RefusedByHost>(), 0u);
  EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
}

/// A host that has two addresses, and a viewer whose way to the first gets slow after the handshake.
class TwoPaths : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  TwoPaths() : trace_(__FILE__, __LINE__, "seed " + std::to_string(GetParam())), call_(GetParam()) {
    call_.network.add_address(call_.host.node(), second_);
    began_ = call_.network.now();
    call_.host.show({});
  }

  SimViewer& join() {
    auto ticket = call_.host.ticket();
    ticket.candidates.push_back({CandidateKind::kHost, second_});
    auto& viewer = call_.join(ticket);
    call_.network.set_both(viewer.node(), {.delay = 20ms});
    return viewer;
  }

  /// What is sent to the first address, once its handshake has been answered, takes so much longer.
  void slow_down(Duration to_host, Duration to_viewer) {
    call_.network.on_way = [=, this](const SocketAddress& from,
                                     const SocketAddress& to) -> std::optional<Duration> {
      const bool is_answered = call_.network.now() - began_ >= 30ms;
      if (to == call_.host.address() && is_answered) return to_host;
      if (from == call_.host.address()) {
        const bool is_handshake = call_.network.now() - began_ < 50ms;
        return is_handshake ? 0ms : to_viewer;
      }
      return Duration(2ms);
    };
  }

  void expect_one_session(SimViewer& viewer) {
    ASSERT_TRUE(call_.until_all_see());
    call_.network.run_for(10s);
    const auto frames = viewer.frames.size();
    EXPECT_GE(frames, 240u);
    call_.network.run_for(5s);
    EXPECT_GE(viewer.frames.size(), frames + 140);
    EXPECT_EQ(viewer.count<Connected>(), 1u);
    EXPECT_EQ(viewer.count<Reconnecting>(), 0u);
    EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
    EXPECT_EQ(call_.host.count<SessionClosed>(), 0u);
    EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
    EXPECT_EQ(viewer.tunnel().stats().path.remote, second_);
    EXPECT_EQ(viewer.order_error(), "");
  }

  ::testing::ScopedTrace trace_;
  Call call_;
  SocketAddress second_ = *SocketAddress::parse("198.51.100.2:4433");
  Instant began_;
};

TEST_P(TwoPaths, AHelloThatIsUnderWayForLongDoesNoHarm) {
  slow_down(1500ms, 0ms);
  expect_one_session(join());
}

TEST_P(TwoPaths, AWelcomeThatIsUnderWayForLongDoesNoHarm) {
  slow_down(0ms, 1500ms);
  expect_one_session(join());
}

TEST_P(TwoPaths, AFirstPathThatIsSlowBothWaysDoesNoHarm) {
  slow_down(700ms, 700ms);
  expect_one_session(join());
}

TEST_P(TwoPaths, NoDelayOfTheFirstPathDoesHarm) {
  std::mt19937_64 random(GetParam());
  std::uniform_int_distribution<int> delay(300, 3000);
  slow_down(delay(random) * 1ms, delay(random) * 1ms);
  expect_one_session(join());
}

INSTANTIATE_TEST_SUITE_P(Seeds, TwoPaths, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace pixelpass::sim
