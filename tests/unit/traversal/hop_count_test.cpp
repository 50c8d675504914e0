#include "traversal/hop_count.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace pixelpass::traversal {
namespace {

/// Where datagrams with 1, 2, … hops have ended; null: nobody has told.
HopCount counted(std::initializer_list<const char*> ends) {
  HopCount count;
  int hops = 0;
  for (const auto* end : ends)
    if (++hops; end) count.note(hops, *SocketAddress::parse(end));
  return count;
}

TEST(HopCount, TheFirstOuterRouterIsBeyondAllNats) {
  EXPECT_EQ(counted({"192.168.1.1", "203.0.113.1", "198.51.100.1"}).first_outer(), 2);
  EXPECT_EQ(counted({"192.168.1.1", "100.64.0.1", "203.0.113.1"}).first_outer(), 3);
  EXPECT_EQ(counted({"203.0.113.1"}).first_outer(), 1) << "no NAT at all";
  EXPECT_EQ(counted({"10.0.0.1", "172.31.255.1", "169.254.3.4", "172.32.0.1"}).first_outer(), 4);
}

TEST(HopCount, ARouterThatIsSilentIsPassedOver) {
  EXPECT_EQ(counted({"192.168.1.1", nullptr, "203.0.113.1"}).first_outer(), 3);
  EXPECT_EQ(counted({nullptr, nullptr}).first_outer(), std::nullopt);
  EXPECT_EQ(counted({"192.168.1.1", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}).first_outer(),
            std::nullopt);
}

TEST(HopCount, IsSureOnceAllNearerOnesHaveTold) {
  EXPECT_FALSE(counted({}).is_sure());
  EXPECT_FALSE(counted({"192.168.1.1", nullptr, "203.0.113.1"}).is_sure());
  EXPECT_TRUE(counted({"192.168.1.1", "203.0.113.1"}).is_sure());
  EXPECT_TRUE(counted({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}).is_sure());
}

TEST(HopCount, TakesOnlyWhatItHasAskedAndOnlyOnce) {
  auto count = counted({"192.168.1.1"});
  for (const int hops : {-1, 0, 1, 6, 1000}) count.note(hops, *SocketAddress::parse("203.0.113.1"));
  EXPECT_EQ(count.first_outer(), std::nullopt);
}

}  // namespace
}  // namespace pixelpass::traversal
