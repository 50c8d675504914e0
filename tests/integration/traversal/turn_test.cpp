#include "coturn.hpp"
#include "turn_end.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

using test::Coturn;
using test::run_until;
using test::TurnEnd;
using Allocated = TurnClient::Allocated;
using Permitted = TurnClient::Permitted;
using Refused = TurnClient::Refused;
using PeerRefused = TurnClient::PeerRefused;

const TurnCredentials kAnna{"anna", "summer"};

/// Our client against the real coturn, over loopback.
class TurnTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto what = Coturn::missing(); !what.empty()) GTEST_SKIP() << "needs " << what;
  }

  void serve(std::vector<std::string> options = {}) {
    options.insert(options.end(),
                   {"lt-cred-mech", "user=anna:summer", "listening-ip=127.0.0.1", "relay-ip=127.0.0.1"});
    server_ = std::make_unique<Coturn>(std::move(options));
  }
  [[nodiscard]] std::unique_ptr<TurnEnd> end(TurnClient::Settings settings = {.credentials = kAnna}) const {
    return std::make_unique<TurnEnd>(server_->address(), std::move(settings));
  }

  static bool allocate(TurnEnd& end) {
    return run_until({&end}, [&] { return end.count<Allocated>() + end.count<Refused>() > 0; }) &&
           end.count<Allocated>() > 0;
  }
  static TurnError refusal(TurnEnd& end) {
    run_until({&end}, [&] { return end.count<Refused>() > 0; });
    if (end.last<Refused>() == nullptr) throw std::runtime_error("was not refused");
    return end.last<Refused>()->error;
  }
  static bool permit_each_other(TurnEnd& a, TurnEnd& b) {
    a.client().permit(b.relayed(), Clock::now());
    b.client().permit(a.relayed(), Clock::now());
    return run_until({&a, &b}, [&] { return a.count<Permitted>() > 0 && b.count<Permitted>() > 0; });
  }
  /// Ten segments in one call, and a shorter one; all arrive as they were, in whatever order.
  static void exchange(TurnEnd& from, TurnEnd& to) {
    Bytes data(10 * 1200 + 77);
    system_random(data);
    to.forget_received();
    ASSERT_TRUE(from.send(to.relayed(), data, 1200));
    ASSERT_TRUE(run_until({&from, &to}, [&] { return to.received().size() == 11; }));
    std::vector<Bytes> expected;
    for (std::size_t at = 0; at < data.size(); at += 1200)
      expected.emplace_back(data.begin() + static_cast<std::ptrdiff_t>(at),
                            data.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1200, data.size())));
    std::vector<Bytes> got;
    for (const auto& [peer, bytes] : to.received()) {
      EXPECT_EQ(peer, from.relayed());
      got.push_back(bytes);
    }
    EXPECT_THAT(got, testing::UnorderedElementsAreArray(expected));
  }
  /// Whether a datagram comes through, of which one is sent every 50 ms.
  static bool passes(TurnEnd& from, TurnEnd& to, Duration at_most) {
    to.forget_received();
    auto next = Clock::now();
    const auto come = [&] {
      if (Clock::now() >= next) {
        from.send(to.relayed(), as_bytes("ping"), 4);
        next += 50ms;
      }
      return !to.received().empty();
    };
    return run_until({&from, &to}, come, at_most);
  }

  std::unique_ptr<Coturn> server_;
};

TEST_F(TurnTest, TwoClientsExchangeDataOverTheirRelayedAddresses) {
  serve();
  const auto a = end();
  const auto b = end();
  ASSERT_TRUE(allocate(*a));
  ASSERT_TRUE(allocate(*b));
  EXPECT_TRUE(a->last<Allocated>()->mapped.is_loopback());
  EXPECT_TRUE(a->client().round_trip());
  ASSERT_TRUE(permit_each_other(*a, *b));
  exchange(*a, *b);
  exchange(*b, *a);
  a->client().bind_channel(b->relayed(), Clock::now());
  b->client().bind_channel(a->relayed(), Clock::now());
  ASSERT_TRUE(run_until({a.get(), b.get()},
                        [&] { return a->count<Permitted>() == 2 && b->count<Permitted>() == 2; }));
  Bytes out;
  EXPECT_EQ(a->client().dress(b->relayed(), Bytes(100), 100, out), 104U) << "over the channel now";
  exchange(*a, *b);
  exchange(*b, *a);
}

TEST_F(TurnTest, AChannelAlonePermitsItsPeer) {
  serve();
  const auto a = end();
  const auto b = end();
  ASSERT_TRUE(allocate(*a));
  ASSERT_TRUE(allocate(*b));
  a->client().bind_channel(b->relayed(), Clock::now());
  b->client().bind_channel(a->relayed(), Clock::now());
  ASSERT_TRUE(run_until({a.get(), b.get()},
                        [&] { return a->count<Permitted>() == 1 && b->count<Permitted>() == 1; }));
  exchange(*a, *b);
  exchange(*b, *a);
}

TEST_F(TurnTest, WithoutAPermissionNothingComesThrough) {
  serve();
  const auto a = end();
  const auto b = end();
  ASSERT_TRUE(allocate(*a));
  ASSERT_TRUE(allocate(*b));
  a->client().permit(b->relayed(), Clock::now());
  ASSERT_TRUE(run_until({a.get(), b.get()}, [&] { return a->count<Permitted>() == 1; }));
  EXPECT_FALSE(passes(*a, *b, 300ms));
  b->client().permit(a->relayed(), Clock::now());
  EXPECT_TRUE(passes(*a, *b, 30s));
}

TEST_F(TurnTest, RelaysIpv6AndReachesTheServerOverIt) {
  serve({"listening-ip=::1", "relay-ip=::1"});
  TurnEnd a(server_->address_v6(), {.credentials = kAnna, .want_v6 = true});
  const auto b = end({.credentials = kAnna, .want_v6 = true});
  const auto c = end();
  ASSERT_TRUE(allocate(a));
  ASSERT_TRUE(allocate(*b));
  ASSERT_TRUE(allocate(*c));
  EXPECT_TRUE(a.relayed().is_v6());
  EXPECT_TRUE(a.last<Allocated>()->mapped.is_v6());
  EXPECT_TRUE(b->relayed().is_v6());
  EXPECT_FALSE(b->last<Allocated>()->mapped.is_v6());
  EXPECT_FALSE(c->relayed().is_v6()) << "both families: two clients";
  ASSERT_TRUE(permit_each_other(a, *b));
  exchange(a, *b);
  exchange(*b, a);
}

TEST_F(TurnTest, AFamilyThatTheServerHasNotIsRefused) {
  serve();
  const auto a = end({.credentials = kAnna, .want_v6 = true});
  EXPECT_EQ(refusal(*a), TurnError::kFamily);
}

TEST_F(TurnTest, APeerOfTheOtherFamilyIsRefused) {
  serve();
  const auto a = end();
  ASSERT_TRUE(allocate(*a));
  a->client().permit(*SocketAddress::parse("[2001:db8::1]:1"), Clock::now());
  ASSERT_TRUE(run_until({a.get()}, [&] { return a->count<PeerRefused>() > 0; }));
  EXPECT_EQ(a->last<PeerRefused>()->error, TurnError::kFamily);
}

TEST_F(TurnTest, WrongCredentialsAreRefused) {
  serve();
  const auto wrong_password = end({.credentials = {"anna", "winter"}});
  EXPECT_EQ(refusal(*wrong_password), TurnError::kCredentials);
  const auto nobody = end({.credentials = {"bert", "summer"}});
  EXPECT_EQ(refusal(*nobody), TurnError::kCredentials);
}

TEST_F(TurnTest, TimedCredentialsAreGoodUntilTheyExpire) {
  server_ = std::make_unique<Coturn>(std::vector<std::string>{
      "use-auth-secret", "static-auth-secret=north", "listening-ip=127.0.0.1", "relay-ip=127.0.0.1"});
  const auto good = end({.credentials = timed_credentials("north", "host", system_wall_time() + 1h)});
  EXPECT_TRUE(allocate(*good));
  const auto expired = end({.credentials = timed_credentials("north", "host", system_wall_time() - 1h)});
  EXPECT_EQ(refusal(*expired), TurnError::kCredentials);
  const auto wrong = end({.credentials = timed_credentials("south", "host", system_wall_time() + 1h)});
  EXPECT_EQ(refusal(*wrong), TurnError::kCredentials);
}

TEST_F(TurnTest, AUserMayHaveNoMoreThanItsQuotaUntilOneIsClosed) {
  serve({"user-quota=1"});
  const auto a = end();
  ASSERT_TRUE(allocate(*a));
  const auto b = end();
  EXPECT_EQ(refusal(*b), TurnError::kQuota);
  a->client().close(Clock::now());
  ASSERT_TRUE(run_until({a.get()}, [&] { return a->client().is_done(); }));
  // coturn counts it for a moment longer.
  std::unique_ptr<TurnEnd> c;
  const auto deadline = Clock::now() + 30s;
  do c = end();
  while (!allocate(*c) && c->last<Refused>()->error == TurnError::kQuota && Clock::now() < deadline);
  EXPECT_EQ(c->count<Allocated>(), 1U);
}

TEST_F(TurnTest, AForbiddenPeerIsRefused) {
  serve({"denied-peer-ip=192.0.2.0-192.0.2.255"});
  const auto a = end();
  ASSERT_TRUE(allocate(*a));
  a->client().permit(*SocketAddress::parse("192.0.2.1:1"), Clock::now());
  ASSERT_TRUE(run_until({a.get()}, [&] { return a->count<PeerRefused>() == 1; }));
  EXPECT_EQ(a->last<PeerRefused>()->error, TurnError::kForbidden);
  a->client().bind_channel(*SocketAddress::parse("192.0.2.2:1"), Clock::now());
  ASSERT_TRUE(run_until({a.get()}, [&] { return a->count<PeerRefused>() == 2; }));
  EXPECT_EQ(a->last<PeerRefused>()->error, TurnError::kForbidden);
}

TEST_F(TurnTest, AnAllocationLeftByAnEarlierRunMakesRoom) {
  serve({"user-quota=1"});
  const auto a = end();
  ASSERT_TRUE(allocate(*a));
  a->begin_again({.credentials = kAnna});
  EXPECT_TRUE(allocate(*a));
  EXPECT_GE(a->answers(StunMethod::kAllocate, 437), 1U);
}

TEST_F(TurnTest, AStaleNonceAndShortLifetimesAreLivedWith) {
  serve({"stale-nonce=5", "max-allocate-lifetime=8", "permission-lifetime=6", "channel-lifetime=6"});
  const TurnClient::Settings settings{.credentials = kAnna, .lifetimes = {.permission = 6s, .channel = 6s}};
  const auto a = end(settings);
  const auto b = end(settings);
  ASSERT_TRUE(allocate(*a));
  ASSERT_TRUE(allocate(*b));
  ASSERT_TRUE(permit_each_other(*a, *b));
  a->client().bind_channel(b->relayed(), Clock::now());
  // Three refreshes: one and a half lives of the allocation, two of a permission.
  ASSERT_TRUE(run_until({a.get(), b.get()}, [&] {
    return a->answers(StunMethod::kRefresh) >= 3 && b->answers(StunMethod::kRefresh) >= 3 &&
           a->answers(StunMethod::kRefresh, 438) + a->answers(StunMethod::kCreatePermission, 438) > 0;
  }));
  EXPECT_TRUE(passes(*a, *b, 30s));
  EXPECT_TRUE(passes(*b, *a, 30s));
  EXPECT_EQ(a->count<Refused>() + b->count<Refused>(), 0U);
  EXPECT_EQ(a->count<PeerRefused>() + b->count<PeerRefused>(), 0U);
}

TEST_F(TurnTest, APermissionThatIsNotRenewedEndsAtTheServer) {
  serve({"permission-lifetime=6"});
  const auto a = end();
  const auto b = end();
  ASSERT_TRUE(allocate(*a));
  ASSERT_TRUE(allocate(*b));
  ASSERT_TRUE(permit_each_other(*a, *b));
  ASSERT_TRUE(passes(*a, *b, 30s));
  EXPECT_TRUE(run_until({a.get(), b.get()}, [&] { return !passes(*a, *b, 1s); }))
      << "what the test of short lifetimes rests on";
}

TEST_F(TurnTest, ARestartedServerIsNoticedAndAllocatedOnAgain) {
  serve();
  const auto a = end();
  ASSERT_TRUE(allocate(*a));
  server_->restart();
  a->client().permit(SocketAddress::loopback(9), Clock::now());  // what comes next in any case
  EXPECT_EQ(refusal(*a), TurnError::kMismatch);
  a->begin_again({.credentials = kAnna});
  EXPECT_TRUE(allocate(*a));
}

}  // namespace
}  // namespace pixelpass::traversal
