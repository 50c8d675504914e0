#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kCandidatesSeed = 41;

std::vector<Candidate> some_candidates(int count) {
  std::vector<Candidate> all;
  for (int i = 1; i <= count; ++i)
    all.push_back(
        {CandidateKind::kReflexive, *SocketAddress::parse("192.0.2." + std::to_string(i) + ":4433")});
  return all;
}

TEST(Candidates, BothEndsHearWhereTheOtherMayBeReached) {
  Call call(kCandidatesSeed);
  call.host.show({});
  auto& viewer = call.join();
  ASSERT_TRUE(call.until_all_see());
  viewer.tunnel().send_candidates(some_candidates(3), {1, 2});
  call.host.tunnel().send_candidates(1, some_candidates(2), {3});
  call.host.tunnel().send_candidates(2, some_candidates(1), {4});  // is not here
  call.network.touch(viewer.node());
  call.network.touch(call.host.node());
  call.network.run_for(100ms);
  ASSERT_EQ(call.host.count<ViewerCandidates>(), 1u);
  const auto& at_host = *last_of<ViewerCandidates>(call.host.events);
  EXPECT_EQ(at_host.viewer, 1u);
  EXPECT_EQ(at_host.candidates, some_candidates(3));
  EXPECT_EQ(at_host.tag, (Bytes{1, 2}));
  ASSERT_EQ(viewer.count<HostCandidates>(), 1u);
  EXPECT_EQ(viewer.last<HostCandidates>()->candidates, some_candidates(2));
  EXPECT_EQ(viewer.last<HostCandidates>()->tag, Bytes{3});
}

/// A viewer whose end a test plays.
class StrangersCandidates : public ::testing::Test {
 protected:
  StrangersCandidates() : peer_(call_.network, *SocketAddress::parse("203.0.113.9:5000"), kCandidatesSeed) {
    call_.host.show({});
    line_ = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    EXPECT_TRUE(call_.network.run_until([&] { return line_->ready; }, 2s));
  }

  void flood() {
    for (int i = 0; i < 100; ++i) line_->send(wire::Candidates{some_candidates(32), {1}});
    peer_.flush_soon();
    call_.network.run_for(3s);
  }

  Call call_{kCandidatesSeed};
  RawPeer peer_;
  std::shared_ptr<RawLine> line_;
};

TEST_F(StrangersCandidates, AreBoundedAndTheirSenderIsLetGo) {
  line_->say_hello(call_.host.identity().secret(), {});
  flood();
  ASSERT_TRUE(line_->closed);
  EXPECT_EQ(line_->closed->code, static_cast<std::uint64_t>(CloseCode::kExcess));
  EXPECT_LE(call_.host.count<ViewerCandidates>(), std::size_t{32});
}

TEST_F(StrangersCandidates, AreNotHeardBeforeTheSecretIsProven) {
  wire::Hello hello;
  line_->say_hello({}, hello);
  line_->send(wire::Candidates{some_candidates(3), {1}});
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_EQ(call_.host.count<ViewerCandidates>(), 0u);
}

}  // namespace
}  // namespace pixelpass::sim
