#include "agent_fixture.hpp"
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

TEST(Agent, GivesTheCoreWhatIsNotStun) {
  AgentBench bench;
  const Bytes initial(1200, 0xc3);
  const Bytes packet(50, 0x41);
  bench.receive("203.0.113.7:5000", initial);
  bench.receive("203.0.113.7:5000", packet);
  bench.receive("203.0.113.7:5000", {});
  bench.receive("203.0.113.7:5000", Bytes(30, 0));
  ASSERT_EQ(bench.core.got.size(), 4u);
  EXPECT_EQ(bench.core.got[0].bytes, initial);
  EXPECT_EQ(bench.core.got[0].path,
            (net::Path{at_address("192.0.2.1:4433"), at_address("203.0.113.7:5000")}));
  EXPECT_EQ(bench.core.got[1].bytes, packet);
}

TEST(Agent, KeepsStunAnswersThatNobodyWaitsForFromTheCore) {
  AgentBench bench;
  for (const auto kind : {StunClass::kIndication, StunClass::kSuccess, StunClass::kError})
    bench.receive("203.0.113.7:5000", StunWriter(kind, StunMethod::kBinding, {1}).take());
  EXPECT_TRUE(bench.core.got.empty());
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_TRUE(bench.events.empty());
}

TEST(Agent, GivesTheCoreChecksOfNoneOfItsAttempts) {
  AgentBench bench;
  const auto check = StunWriter(StunClass::kRequest, StunMethod::kBinding, {1}).take();
  bench.receive("203.0.113.7:5000", check);
  ASSERT_EQ(bench.core.got.size(), 1u);
  EXPECT_EQ(bench.core.got[0].bytes, check);
  EXPECT_TRUE(bench.sink.sent.empty());
}

TEST(Agent, CallsTheCoreWhenItIsDueAndNotBefore) {
  AgentBench bench;
  bench.core.due = bench.now + 5s;
  EXPECT_EQ(bench.agent.next_timeout(), bench.core.due);
  bench.agent.ask_outer_address(at_address("198.51.100.1:3478"), bench.now);
  EXPECT_EQ(bench.agent.next_timeout(), bench.now + 200ms);
  bench.agent.on_timeout(bench.now + 200ms);
  EXPECT_EQ(bench.core.timeouts, 0);
  bench.agent.on_timeout(bench.now + 5s);
  EXPECT_EQ(bench.core.timeouts, 1);
}

}  // namespace
}  // namespace pixelpass::traversal
