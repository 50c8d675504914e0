#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kSeed = 43;

TEST(Paths, AViewerWhoseTicketHasNoCandidateComesOverAPathThatIsAdded) {
  Call call(kSeed);
  call.host.show({});
  auto ticket = call.host.ticket();
  ticket.candidates.clear();
  auto& viewer = call.join(ticket, {}, true);
  call.network.run_for(1s);
  EXPECT_TRUE(viewer.events.empty());
  viewer.tunnel().add_path({viewer.address(), call.host.address()});
  call.network.touch(viewer.node());
  ASSERT_TRUE(call.until_all_see(500ms));
  EXPECT_EQ(viewer.last<Connected>()->path.remote, call.host.address());
}

TEST(Paths, AViewerWithoutAnyEndsAtItsDeadlineAndSaysWhatWasTried) {
  Call call(kSeed);
  auto ticket = call.host.ticket();
  const net::Path relayed{*SocketAddress::parse("192.0.2.50:7"), *SocketAddress::parse("192.0.2.51:7"),
                          net::Via::kOwnRelay};
  ticket.candidates = {{CandidateKind::kHost, *SocketAddress::parse("192.0.2.77:1")}};
  auto& viewer = call.join(ticket, {}, true);
  viewer.tunnel().add_path(relayed);
  call.network.touch(viewer.node());
  ASSERT_TRUE(call.network.run_until([&] { return viewer.count<Unreachable>() == 1; }, 8100ms));
  const auto& tried = viewer.last<Unreachable>()->tried;
  ASSERT_EQ(tried.size(), 2u);
  EXPECT_FALSE(tried[0].is_relayed());
  EXPECT_EQ(tried[1], relayed);
}

}  // namespace
}  // namespace pixelpass::sim
