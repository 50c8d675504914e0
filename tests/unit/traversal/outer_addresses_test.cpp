#include "agent_fixture.hpp"
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

constexpr char kStunServer[] = "198.51.100.1:3478";

TransactionId id_of(const Sent& question) {
  return StunMessage::parse(question.bytes)->id();
}

Bytes answer_to(const Sent& question, const std::string& outer) {
  return StunWriter(StunClass::kSuccess, StunMethod::kBinding, id_of(question))
      .add_xor_address(StunAttribute::kXorMappedAddress, at_address(outer))
      .take();
}

TEST(OuterAddresses, TellsWhatTheServerSees) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.flush();
  ASSERT_EQ(bench.sink.sent.size(), 1u);
  EXPECT_EQ(bench.sink.sent[0].path, (net::Path{SocketAddress(), at_address(kStunServer)}));
  bench.receive(kStunServer, answer_to(bench.sink.sent[0], "203.0.113.9:7000"));
  ASSERT_EQ(bench.events.size(), 1u);
  EXPECT_EQ(bench.all<Reflexive>().at(0).server, at_address(kStunServer));
  EXPECT_EQ(bench.all<Reflexive>().at(0).outer, at_address("203.0.113.9:7000"));
  bench.run_for(10s);
  EXPECT_EQ(bench.sink.sent.size(), 1u);
  EXPECT_TRUE(bench.core.got.empty());
}

TEST(OuterAddresses, TakesNoAnswerThatItHasNotAskedFor) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.flush();
  const auto question = bench.sink.sent.at(0);
  bench.receive("198.51.100.2:3478", answer_to(question, "203.0.113.9:7000"));
  bench.receive(kStunServer,
                StunWriter(StunClass::kSuccess, StunMethod::kBinding, TransactionId{})
                    .add_xor_address(StunAttribute::kXorMappedAddress, at_address("203.0.113.9:1"))
                    .take());
  EXPECT_TRUE(bench.events.empty());
  EXPECT_TRUE(bench.core.got.empty());
}

TEST(OuterAddresses, AsksThreeTimesWithinASecondAndSaysThatThereIsNone) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.run_for(999ms);
  EXPECT_EQ(bench.sink.sent.size(), 3u);
  EXPECT_TRUE(bench.events.empty());
  bench.run_for(1ms);
  EXPECT_EQ(bench.all<NoReflexive>().size(), 1u);
  bench.run_for(60s);
  EXPECT_EQ(bench.events.size(), 1u) << "it is told once";
  EXPECT_EQ(bench.sink.sent.size(), 3u * 5) << "and asked again every 15 seconds";
}

TEST(OuterAddresses, TellsOfAnAddressOnlyWhenItHasChanged) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.flush();
  for (const auto* outer : {"203.0.113.9:7000", "203.0.113.9:7000", "203.0.113.9:7001"}) {
    bench.receive(kStunServer, answer_to(bench.sink.sent.back(), outer));
    bench.run_for(15s);
  }
  ASSERT_EQ(bench.all<Reflexive>().size(), 2u);
  EXPECT_EQ(bench.all<Reflexive>()[1].outer, at_address("203.0.113.9:7001"));
  EXPECT_EQ(bench.sink.sent.size(), 4u);
}

TEST(OuterAddresses, TellsOfAnAnswerThatComesLate) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.run_for(3s);
  bench.receive(kStunServer, answer_to(bench.sink.sent[0], "203.0.113.9:7000"));
  ASSERT_EQ(bench.events.size(), 2u);
  EXPECT_EQ(bench.all<Reflexive>().size(), 1u);
}

TEST(OuterAddresses, TakesAnErrorOrNoAddressForNone) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.flush();
  bench.receive(kStunServer, StunWriter(StunClass::kError, StunMethod::kBinding, id_of(bench.sink.sent[0]))
                                 .add_error(500, "no")
                                 .take());
  EXPECT_EQ(bench.all<NoReflexive>().size(), 1u);
}

TEST(OuterAddresses, SendsNothingMoreToServersThatAreForgotten) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer), bench.now);
  bench.flush();
  bench.agent.forget_servers();
  bench.run_for(60s);
  EXPECT_EQ(bench.sink.sent.size(), 1u);
  EXPECT_TRUE(bench.events.empty());
  EXPECT_FALSE(bench.agent.next_timeout());
}

TEST(OuterAddresses, AsksAllThatMayBeNamedAndNoMore) {
  AgentBench bench;
  for (int i = 0; i < 50; ++i)
    bench.agent.ask_outer_address(at_address("198.51.100." + std::to_string(i) + ":3478"), bench.now);
  bench.flush();
  EXPECT_EQ(bench.sink.sent.size(), 32U) << "eight STUN servers and eight relays, each over both families";
}

TEST(OuterAddresses, KnowsAServerByItsMappedAddressToo) {
  AgentBench bench;
  bench.agent.ask_outer_address(at_address(kStunServer).mapped(), bench.now);
  bench.flush();
  bench.receive(kStunServer, answer_to(bench.sink.sent.at(0), "203.0.113.9:7000"));
  EXPECT_EQ(bench.all<Reflexive>().size(), 1u);
}

}  // namespace
}  // namespace pixelpass::traversal
