#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using namespace std::chrono_literals;

constexpr std::uint64_t kFirstDialSeed = 5;

/// A viewer that dials for the first time, and a host that a test plays. The host's address stands twice for
/// two ways to it.
class FirstDial : public ::testing::Test {
 protected:
  void dial(std::size_t ways) {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    ticket.candidates.assign(ways, {CandidateKind::kHost, address_});
    viewer_.emplace(network_, ticket, kFirstDialSeed, 1);
    network_.on_step = [this] { viewer_->drain(); };
  }

  [[nodiscard]] RawLine* greeted() const {
    for (const auto& line : peer_.lines)
      if (!line->closed && line->last<wire::Hello>()) return line.get();
    return nullptr;
  }

  /// Until one of the connections is greeted; that one ends then.
  void break_greeted(CloseCode code, const std::string& reason = "") {
    ASSERT_TRUE(network_.run_until([this] { return greeted() != nullptr; }, 2s));
    greeted()->connection->close(code, reason, network_.now());
    peer_.flush_soon();
  }

  void expect_let_in(Duration within) {
    ASSERT_TRUE(network_.run_until([this] { return greeted() != nullptr; }, within));
    greeted()->send(wire::Welcome{});
    peer_.flush_soon();
    ASSERT_TRUE(network_.run_until([this] { return viewer_->count<Connected>() == 1; }, 1s));
    EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
    EXPECT_FALSE(viewer_->last<Connected>()->again);
  }

  SocketAddress address_ = *SocketAddress::parse("198.51.100.1:4433");
  Network network_{kFirstDialSeed};
  Identity identity_ = Identity::generate(seeded_random(kFirstDialSeed));
  RawPeer peer_{network_, address_, kFirstDialSeed, identity_};
  std::optional<SimViewer> viewer_;
};

TEST_F(FirstDial, UsesTheOtherConnectionAtOnceWhenTheGreetedOneBreaks) {
  dial(2);
  ASSERT_NO_FATAL_FAILURE(break_greeted(CloseCode::kLate));
  expect_let_in(50ms);
  EXPECT_EQ(peer_.lines.size(), 2u);
}

TEST_F(FirstDial, DialsAnewWhenTheOnlyConnectionBreaksBeforeItsWelcome) {
  dial(1);
  ASSERT_NO_FATAL_FAILURE(break_greeted(CloseCode::kLate));
  expect_let_in(1s);
  EXPECT_EQ(peer_.lines.size(), 2u);
}

TEST_F(FirstDial, GivesUpOnceWhenEachConnectionBreaks) {
  dial(2);
  for (int i = 0; i < 3; ++i) ASSERT_NO_FATAL_FAILURE(break_greeted(CloseCode::kLate));
  network_.set_both(peer_.node(), {.cut = true});
  network_.run_for(20s);
  EXPECT_EQ(viewer_->count<Unreachable>(), 1u);
  EXPECT_EQ(viewer_->events.size(), 1u);
}

/// And not that it did not answer.
TEST_F(FirstDial, SaysThatAHostHasLeftThatLeavesBeforeItsWelcome) {
  dial(1);
  ASSERT_NO_FATAL_FAILURE(break_greeted(CloseCode::kBye, "enough for today"));
  ASSERT_TRUE(network_.run_until([this] { return !viewer_->events.empty(); }, 1s));
  ASSERT_EQ(viewer_->count<HostLeft>(), 1u);
  EXPECT_EQ(viewer_->last<HostLeft>()->reason, "enough for today");
  EXPECT_EQ(viewer_->events.size(), 1u);
}

/// A host that breaks each connection is not dialled as fast as it breaks them.
TEST_F(FirstDial, IsBoundedAgainstAHostThatBreaksEachConnection) {
  dial(1);
  network_.on_step = [this] {
    viewer_->drain();
    if (auto* line = greeted()) {
      line->connection->close(CloseCode::kLate, "", network_.now());
      peer_.flush_soon();
    }
  };
  network_.run_for(20s);
  EXPECT_EQ(viewer_->count<Unreachable>(), 1u);
  EXPECT_GE(peer_.lines.size(), 5u);
  EXPECT_LE(peer_.lines.size(), 20u);
}

}  // namespace
}  // namespace pixelpass::sim
