#include "pixelpass/base/choose_to_go.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pixelpass {
namespace {

std::size_t choose(std::initializer_list<const char*> oldest_first) {
  std::vector<SocketAddress> addresses;
  for (const auto* text : oldest_first) addresses.push_back(*SocketAddress::parse(text));
  return choose_to_go(addresses);
}

TEST(Unproven, LetsTheOldestGo) {
  EXPECT_EQ(choose({"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"}), 0u);
}

TEST(Unproven, LetsTheOldestOfTheAddressWithTheMostGo) {
  EXPECT_EQ(choose({"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1", "192.0.2.2:2"}), 1u);
}

TEST(Unproven, TakesAnIpv6NetworkForOneAddress) {
  EXPECT_EQ(choose({"[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1", "[2001:db8:0:2::2]:1"}), 1u);
}

TEST(Unproven, TakesAMappedAddressForWhatItIs) {
  EXPECT_EQ(choose({"[2001:db8::1]:1", "[::ffff:192.0.2.1]:1", "192.0.2.1:2", "[::ffff:192.0.2.2]:1"}), 1u);
}

TEST(Unproven, KnowsWhoIsOfOneLine) {
  const auto are_of_one = [](const char* one, const char* other) {
    return line_of(*SocketAddress::parse(one)) == line_of(*SocketAddress::parse(other));
  };
  EXPECT_TRUE(are_of_one("192.0.2.1:1", "[::ffff:192.0.2.1]:2"));
  EXPECT_TRUE(are_of_one("[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::2]:2"));
  EXPECT_FALSE(are_of_one("192.0.2.1:1", "192.0.2.2:1"));
  EXPECT_FALSE(are_of_one("[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1"));
}

}  // namespace
}  // namespace pixelpass
