#include "agent_fixture.hpp"
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

constexpr char kPunched[] = "203.0.113.7:5000";
constexpr Secret kSecret{1, 2, 3};
constexpr std::uint8_t kTag[] = {0xde, 0xad, 0xbe, 0xef};

CheckKey key() {
  return check_key(kSecret, kTag);
}

bool is_request(const Sent& one) {
  const auto message = StunMessage::parse(one.bytes);
  return message && message->cls() == StunClass::kRequest;
}

std::size_t count_requests(const std::vector<Sent>& sent) {
  return static_cast<std::size_t>(std::ranges::count_if(sent, is_request));
}

Bytes request(const CheckKey& by, std::uint8_t number = 1) {
  return StunWriter(StunClass::kRequest, StunMethod::kBinding, {9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, number})
      .add_text(StunAttribute::kUsername, by.username)
      .sign_sha256(by.password)
      .add_fingerprint()
      .take();
}

Bytes answer_to(const Sent& check, const CheckKey& by) {
  return StunWriter(StunClass::kSuccess, StunMethod::kBinding, StunMessage::parse(check.bytes)->id())
      .add_xor_address(StunAttribute::kXorMappedAddress, at_address("192.0.2.1:4433"))
      .sign_sha256(by.password)
      .add_fingerprint()
      .take();
}

/// An agent that punches towards kPunched.
struct Punching : AgentBench {
  explicit Punching(AttemptSettings settings = {.remotes = {at_address(kPunched)}}) {
    id = agent.punch(key(), std::move(settings), now);
    run_for({});
  }
  AttemptId id{};
};

TEST(CheckKey, IsMadeFromTheSecretAndTheTag) {
  const auto made = key();
  EXPECT_EQ(made.username, "deadbeef");
  // printf 'pixelpass punch\xde\xad\xbe\xef' | openssl mac -digest SHA256 -macopt hexkey:0102030000... HMAC
  EXPECT_EQ(made.password, (Bytes{0x4e, 0x9b, 0x71, 0xf7, 0x6f, 0xf5, 0x53, 0xae, 0xde, 0x9a, 0x85,
                                  0x50, 0x34, 0x25, 0x25, 0x81, 0x63, 0xec, 0xa4, 0x13, 0x09, 0x18,
                                  0xe3, 0x9f, 0xdf, 0xda, 0x29, 0xa4, 0xd8, 0xb4, 0xb7, 0xf7}));
  EXPECT_NE(check_key(Secret{1}, kTag).password, made.password);
}

TEST(Punch, SendsSignedChecksToEveryAddress) {
  Punching bench(
      {.remotes = {at_address(kPunched), at_address("10.0.0.7:5000"), at_address("[2001:db8::7]:5000")}});
  bench.run_for(1s);
  for (const auto* remote : {kPunched, "10.0.0.7:5000", "[2001:db8::7]:5000"}) {
    const auto checks = bench.to(remote);
    ASSERT_GT(checks.size(), 5u);
    for (const auto& check : checks) {
      const auto message = StunMessage::parse(check.bytes);
      ASSERT_TRUE(message);
      EXPECT_EQ(message->text(StunAttribute::kUsername), key().username);
      EXPECT_TRUE(message->is_signed_with(key().password));
      EXPECT_TRUE(message->has_good_fingerprint());
    }
  }
}

/// A dial went through before the other end has begun.
TEST(Punch, NothingStaysNearToWhomSomethingElseHasComeFrom) {
  Punching bench({.remotes = {at_address(kPunched)}, .low_ttl_until_asked = true});
  const auto hops_to_peer = [&] {
    bench.sink.sent.clear();
    bench.core.to_send.push_back({{SocketAddress(), at_address(kPunched)}, Bytes(40, 0x47), 40});
    bench.flush();
    return bench.to(kPunched).back().hops;
  };
  EXPECT_EQ(hops_to_peer(), 2);
  bench.receive(kPunched, Bytes(40, 0x47));
  EXPECT_EQ(hops_to_peer(), 0);
}

TEST(Punch, BeginsWithChecksThatLiveForTwoHops) {
  Punching bench;
  const auto began = bench.now;
  bench.run_for(1s);
  for (const auto& check : bench.sink.sent) EXPECT_EQ(check.hops, check.at < began + 200ms ? 2 : 0);
}

TEST(Punch, BeginsWithAsManyHopsAsOurNatsNeed) {
  Punching bench({.remotes = {at_address(kPunched)}, .near_hops = 3});
  EXPECT_EQ(bench.sink.sent.at(0).hops, 3);
}

TEST(Punch, AnswersWithAsManyHopsAsUsualAndChecksBackAtOnce) {
  Punching bench;
  bench.sink.sent.clear();
  bench.now += 30ms;
  bench.receive(kPunched, request(key()));
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  const auto answer = StunMessage::parse(bench.sink.sent[0].bytes);
  EXPECT_EQ(answer->cls(), StunClass::kSuccess);
  EXPECT_TRUE(answer->is_signed_with(key().password));
  EXPECT_EQ(answer->mapped_address(), at_address(kPunched));
  EXPECT_EQ(bench.sink.sent[0].path.local, at_address("192.0.2.1:4433")) << "from the address that was asked";
  EXPECT_TRUE(is_request(bench.sink.sent[1]));
  for (const auto& one : bench.sink.sent) EXPECT_EQ(one.hops, 0);
}

TEST(Punch, AnswersNothingToChecksThatAreNotSignedWithItsKey) {
  Punching bench;
  bench.sink.sent.clear();
  bench.now += 1ms;
  constexpr char kStranger[] = "203.0.113.66:6";
  auto wrong = key();
  wrong.password[0] ^= 1;
  bench.receive(kStranger, request(wrong));
  bench.receive(kStranger, request(check_key(kSecret, as_bytes("other"))));
  bench.receive(kStranger, StunWriter(StunClass::kRequest, StunMethod::kBinding, {7})
                               .add_text(StunAttribute::kUsername, key().username)
                               .take());
  bench.receive(kStranger, StunWriter(StunClass::kRequest, StunMethod::kBinding, {7}).take());
  bench.run_for(5s);
  EXPECT_TRUE(bench.to(kStranger).empty());
  EXPECT_EQ(bench.core.got.size(), 2u) << "those of no attempt are the core's";
}

TEST(Punch, FindsAPathWhenItsCheckIsAnswered) {
  Punching bench;
  const auto check = bench.sink.sent.at(0);
  bench.now += 42ms;
  bench.receive(kPunched, answer_to(check, key()));
  ASSERT_EQ(bench.all<PathFound>().size(), 1u);
  const auto found = bench.all<PathFound>()[0];
  EXPECT_EQ(found.attempt, bench.id);
  EXPECT_EQ(found.path, (net::Path{SocketAddress(), at_address(kPunched)}));
  EXPECT_EQ(found.round_trip, 42ms);
  bench.run_for(1s);
  bench.receive(kPunched, answer_to(bench.sink.sent.back(), key()));
  bench.run_for(20s);
  EXPECT_EQ(bench.events.size(), 1u) << "once, and the attempt has not failed";
}

TEST(Punch, TakesNoAnswerThatIsNotSignedOrComesFromElsewhere) {
  Punching bench;
  const auto check = bench.sink.sent.at(0);
  auto wrong = key();
  wrong.password[0] ^= 1;
  bench.receive(kPunched, answer_to(check, wrong));
  bench.receive("203.0.113.66:6", answer_to(check, key()));
  bench.receive(
      kPunched,
      StunWriter(StunClass::kSuccess, StunMethod::kBinding, StunMessage::parse(check.bytes)->id()).take());
  EXPECT_TRUE(bench.events.empty());
}

/// Both ends often have the same private address, and then a check comes back to who has sent it.
TEST(Punch, DoesNotTakeItselfForTheOtherEnd) {
  Punching bench;
  const auto sent = bench.sink.sent;
  for (const auto& check : sent) bench.receive(kPunched, check.bytes);
  EXPECT_EQ(bench.sink.sent.size(), sent.size());
  EXPECT_TRUE(bench.events.empty());
}

TEST(Punch, ChecksWhereTheOtherEndsCheckCameFrom) {
  Punching bench;
  constexpr char kOther[] = "203.0.113.7:61000";
  bench.now += 1ms;
  bench.receive(kOther, request(key()));
  const auto checks = bench.to(kOther);
  ASSERT_EQ(checks.size(), 2u);
  bench.receive(kOther, answer_to(checks[1], key()));
  ASSERT_EQ(bench.all<PathFound>().size(), 1u);
  EXPECT_EQ(bench.all<PathFound>()[0].path.remote, at_address(kOther));
}

TEST(Punch, TellsEachPathOnce) {
  Punching bench({.remotes = {at_address(kPunched), at_address("10.0.0.7:5000")}});
  bench.run_for(50ms);
  for (int round = 0; round < 3; ++round)
    for (const auto& check : std::vector(bench.sink.sent))
      if (is_request(check)) bench.receive(check.path.remote.to_string(), answer_to(check, key()));
  EXPECT_EQ(bench.all<PathFound>().size(), 2u);
}

TEST(Punch, FailsWhenItsTimeIsOver) {
  Punching bench({.remotes = {at_address(kPunched)}, .duration = 3s});
  bench.run_for(2999ms);
  EXPECT_TRUE(bench.events.empty());
  bench.run_for(1ms);
  ASSERT_EQ(bench.all<PunchFailed>().size(), 1u);
  EXPECT_EQ(bench.all<PunchFailed>()[0].attempt, bench.id);
  const auto sent = bench.sink.sent.size();
  bench.receive(kPunched, request(key()));
  bench.run_for(10s);
  EXPECT_EQ(bench.sink.sent.size(), sent);
  EXPECT_FALSE(bench.agent.next_timeout());
}

/// The other end's answers may have been lost, and it goes on asking.
TEST(Punch, GoesOnForALittleAndAnswersToTheEnd) {
  Punching bench;
  const auto found_at = bench.now;
  bench.receive(kPunched, answer_to(bench.sink.sent.at(0), key()));
  bench.run_for(9s);
  const auto last = bench.sink.sent.back().at;
  EXPECT_GT(last, found_at + 1s);
  EXPECT_LE(last, found_at + 2s);
  bench.receive(kPunched, request(key()));
  EXPECT_EQ(bench.sink.sent.back().at, bench.now);
  EXPECT_FALSE(is_request(bench.sink.sent.back()));
}

void expect_at_most(const std::vector<Sent>& sent, std::size_t most) {
  for (std::size_t i = most; i < sent.size(); ++i)
    ASSERT_GE(sent[i].at - sent[i - most].at, 1s) << "more than " << most << " in a second";
}

TEST(Punch, SendsNoMoreThanFiftyPacketsInAnySecond) {
  AttemptSettings settings{.duration = 20s};
  for (int i = 0; i < 30; ++i)
    settings.remotes.push_back(at_address("10.0.0." + std::to_string(i) + ":5000"));
  Punching bench(settings);
  // Who has the key asks from everywhere, as fast as may be.
  for (int i = 0; i < 8000; ++i) {
    bench.run_for(1ms);
    bench.receive("10.0.0." + std::to_string(i % 40) + ":5000", request(key(), static_cast<std::uint8_t>(i)));
  }
  ASSERT_NO_FATAL_FAILURE(expect_at_most(bench.sink.sent, 50));
  EXPECT_GT(bench.sink.sent.size(), 300u);
  EXPECT_GT(count_requests(bench.sink.sent), 100u) << "answers leave room for checks";
}

TEST(Punch, SendsToNoMoreThanThirtyTwoAddresses) {
  AttemptSettings settings{.duration = 60s};
  for (int i = 0; i < 100; ++i)
    settings.remotes.push_back(at_address("10.0.0." + std::to_string(i) + ":5000"));
  Punching bench(settings);
  bench.agent.add_remotes(bench.id, {at_address("10.0.1.1:1")}, bench.now);
  for (int i = 0; i < 200; ++i) {
    bench.receive("10.0.2." + std::to_string(i) + ":5000", request(key()));
    bench.run_for(100ms);
  }
  std::vector<std::string> remotes;
  for (const auto& one : bench.sink.sent) remotes.push_back(one.path.remote.to_string());
  std::ranges::sort(remotes);
  remotes.erase(std::unique(remotes.begin(), remotes.end()), remotes.end());
  EXPECT_EQ(remotes.size(), kMaxRemotes) << "some of them are those that have shown the key";
}

TEST(Punch, ChecksAddressesThatComeLater) {
  Punching bench({.remotes = {}});
  bench.run_for(1s);
  EXPECT_TRUE(bench.sink.sent.empty());
  bench.agent.add_remotes(bench.id, {at_address(kPunched), at_address(kPunched)}, bench.now);
  bench.run_for(1s);
  EXPECT_GT(bench.sink.sent.size(), 5u);
  EXPECT_EQ(bench.sink.sent[0].hops, 2) << "its first check opens our NAT and no other";
  EXPECT_EQ(bench.sink.sent[1].hops, 0);
}

TEST(Punch, StopsWithoutAWord) {
  Punching bench;
  bench.agent.stop(bench.id);
  bench.sink.sent.clear();
  bench.receive(kPunched, request(key()));
  bench.run_for(20s);
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_TRUE(bench.events.empty());
}

TEST(Punch, WithTheSameKeyTakesTheOthersPlace) {
  Punching bench;
  bench.agent.punch(key(), {.remotes = {}}, bench.now);
  bench.sink.sent.clear();
  bench.run_for(20s);
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_EQ(bench.all<PunchFailed>().size(), 1u);
}

TEST(Punch, EndsTheOldestWhenThereAreTooMany) {
  AgentBench bench;
  std::vector<AttemptId> ids;
  for (std::uint8_t i = 0; i <= kMaxAttempts; ++i) {
    ids.push_back(bench.agent.punch(check_key(kSecret, Bytes{i}), {.remotes = {}}, bench.now));
    bench.run_for(1ms);
  }
  ASSERT_EQ(bench.all<PunchFailed>().size(), 1u);
  EXPECT_EQ(bench.all<PunchFailed>()[0].attempt, ids[0]);
}

TEST(Punch, StaysNearUntilTheOtherEndAsksWhereItIsToldTo) {
  Punching bench({.remotes = {at_address(kPunched)}, .duration = 120s, .low_ttl_until_asked = true});
  bench.run_for(60s);
  for (const auto& check : bench.sink.sent) EXPECT_EQ(check.hops, 2);
  bench.sink.sent.clear();
  bench.receive(kPunched, request(key()));
  bench.run_for(1s);
  EXPECT_GT(bench.sink.sent.size(), 2u);
  for (const auto& check : bench.sink.sent) EXPECT_EQ(check.hops, 0);
}

TEST(Punch, GoesAllTheWayForOnceIfNobodyAsksForLong) {
  Punching bench({.remotes = {at_address(kPunched)}, .duration = 120s, .low_ttl_until_asked = true});
  const auto began = bench.now;
  bench.run_for(120s);
  for (const auto& check : bench.sink.sent) {
    const bool far = check.at >= began + 75s && check.at < began + 85s;
    EXPECT_EQ(check.hops, far ? 0 : 2) << to_ms(check.at - began) << " ms";
  }
}

TEST(Punch, StaysNearOfNatsAlone) {
  constexpr char kPeerV6[] = "[2001:db8::7]:5000";
  Punching bench({.remotes = {at_address(kPeerV6)}, .duration = 120s, .low_ttl_until_asked = true});
  const auto began = bench.now;
  bench.run_for(1s);
  for (const auto& check : bench.sink.sent) EXPECT_EQ(check.hops, check.at < began + 200ms ? 2 : 0);
  EXPECT_GT(bench.sink.sent.size(), 5u);
}

TEST(Punch, KeepsTheCoresDatagramsNearAsWellUntilTheOtherEndAsks) {
  Punching bench({.remotes = {at_address(kPunched)}, .duration = 120s, .low_ttl_until_asked = true});
  const auto dial = [&bench](const char* remote) {
    bench.core.to_send.push_back({{SocketAddress(), at_address(remote)}, Bytes(1200, 0xc3), 1200});
    bench.flush();
    EXPECT_EQ(bench.sink.sent.back().bytes, Bytes(1200, 0xc3));
    return bench.sink.sent.back().hops;
  };
  EXPECT_EQ(dial(kPunched), 2);
  EXPECT_EQ(dial("203.0.113.7:5001"), 0);
  bench.receive(kPunched, request(key()));
  EXPECT_EQ(dial(kPunched), 0);
}

TEST(Punch, FallsSilentSoThatNatsForgetWhereItIsToldTo) {
  Punching bench({.remotes = {at_address(kPunched)}, .duration = 120s, .with_pauses = true});
  const auto began = bench.now;
  bench.run_for(120s);
  int pauses = 0;
  for (std::size_t i = 1; i < bench.sink.sent.size(); ++i) {
    if (bench.sink.sent[i].at - bench.sink.sent[i - 1].at < 30s) continue;
    ++pauses;
    EXPECT_LT(bench.sink.sent[i].at - began, pauses * 50s - 9s) << "the first round is soon given up";
    EXPECT_EQ(bench.sink.sent[i].hops, 2) << "it begins anew";
  }
  EXPECT_EQ(pauses, 2);
}

TEST(Punch, LosesNothingWhenTheSocketIsFull) {
  AgentBench bench;
  bench.sink.room = 0;
  bench.agent.punch(key(), {.remotes = {at_address(kPunched)}}, bench.now);
  bench.core.to_send.push_back({{SocketAddress(), at_address(kPunched)}, Bytes(2400, 7), 1200});
  bench.run_for(1ms);
  EXPECT_FALSE(bench.agent.flush(bench.sink, bench.now));
  bench.sink.room = 1;
  EXPECT_FALSE(bench.agent.flush(bench.sink, bench.now));
  bench.sink.room = 2;
  EXPECT_TRUE(bench.agent.flush(bench.sink, bench.now));
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  EXPECT_TRUE(is_request(bench.sink.sent[0]));
  EXPECT_EQ(bench.sink.sent[1].bytes, Bytes(2400, 7));
  EXPECT_EQ(bench.sink.sent[1].segment, 1200u);
}

}  // namespace
}  // namespace pixelpass::traversal
