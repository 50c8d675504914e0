#include "traversal/network_state.hpp"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <cstring>

namespace pixelpass::traversal {
namespace {

template <class T>
void append(Bytes& bytes, const T& value) {
  const auto* raw = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), raw, raw + sizeof value);
}

template <class Body>
Bytes message(std::uint16_t type, const Body& body,
              const std::vector<std::pair<int, Bytes>>& attributes = {}) {
  Bytes rest;
  append(rest, body);
  for (const auto& [kind, value] : attributes) {
    append(rest, rtattr{static_cast<std::uint16_t>(sizeof(rtattr) + value.size()),
                        static_cast<std::uint16_t>(kind)});
    rest.insert(rest.end(), value.begin(), value.end());
    rest.resize((rest.size() + 3) / 4 * 4);
  }
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + rest.size());
  header.nlmsg_type = type;
  Bytes all;
  append(all, header);
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

Bytes link(std::uint16_t type, int index, unsigned flags, std::uint8_t family = 0) {
  ifinfomsg body{};
  body.ifi_family = family;
  body.ifi_index = index;
  body.ifi_flags = flags;
  return message(type, body);
}

Bytes address(std::uint16_t type, std::uint32_t index, const Bytes& bytes,
              std::uint8_t scope = RT_SCOPE_UNIVERSE, std::uint8_t flags = 0) {
  ifaddrmsg body{};
  body.ifa_family = bytes.size() == 4 ? AF_INET : AF_INET6;
  body.ifa_index = index;
  body.ifa_scope = scope;
  body.ifa_flags = flags;
  return message(type, body, {{IFA_ADDRESS, bytes}});
}

Bytes route(std::uint16_t type, const Bytes& gateway, std::uint8_t bits = 0,
            std::uint8_t kind = RTN_UNICAST) {
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_dst_len = bits;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_type = kind;
  return message(type, body, {{RTA_GATEWAY, gateway}, {RTA_OIF, {2, 0, 0, 0}}});
}

const Bytes kAddress{192, 168, 1, 5};
const Bytes kGateway{192, 168, 1, 1};
constexpr unsigned kWorks = IFF_UP | IFF_RUNNING;

class NetworkStateTest : public ::testing::Test {
 protected:
  bool changes(const Bytes& messages) { return state_.apply(messages).changed; }

  NetworkState state_;
};

TEST_F(NetworkStateTest, an_address_that_comes_or_goes_is_a_change_and_one_that_is_renewed_is_none) {
  EXPECT_TRUE(changes(address(RTM_NEWADDR, 2, kAddress)));
  EXPECT_FALSE(changes(address(RTM_NEWADDR, 2, kAddress)));
  EXPECT_TRUE(changes(address(RTM_NEWADDR, 3, kAddress))) << "on another interface";
  EXPECT_TRUE(changes(address(RTM_DELADDR, 2, kAddress)));
  EXPECT_FALSE(changes(address(RTM_DELADDR, 2, kAddress)));
}

TEST_F(NetworkStateTest, an_address_counts_once_nobody_else_has_it) {
  const Bytes v6(16, 0x20);
  EXPECT_FALSE(changes(address(RTM_NEWADDR, 2, v6, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE)));
  EXPECT_TRUE(changes(address(RTM_NEWADDR, 2, v6)));
}

TEST_F(NetworkStateTest, addresses_that_every_interface_has_do_not_count) {
  EXPECT_FALSE(changes(address(RTM_NEWADDR, 2, Bytes(16, 0xfe), RT_SCOPE_LINK)));
  EXPECT_FALSE(changes(address(RTM_NEWADDR, 1, {127, 0, 0, 1}, RT_SCOPE_HOST)));
  EXPECT_TRUE(changes(address(RTM_NEWADDR, 2, {169, 254, 3, 4}, RT_SCOPE_LINK)))
      << "two machines on one cable";
}

TEST_F(NetworkStateTest, an_interface_with_an_address_that_loses_or_gets_its_carrier_is_a_change) {
  changes(link(RTM_NEWLINK, 2, kWorks));
  changes(address(RTM_NEWADDR, 2, kAddress));
  EXPECT_FALSE(changes(link(RTM_NEWLINK, 2, kWorks | IFF_PROMISC)));
  EXPECT_TRUE(changes(link(RTM_NEWLINK, 2, IFF_UP)));
  EXPECT_TRUE(changes(link(RTM_NEWLINK, 2, kWorks)));
  EXPECT_FALSE(changes(link(RTM_DELLINK, 2, kWorks, AF_BRIDGE))) << "it has left a bridge";
  EXPECT_TRUE(changes(link(RTM_DELLINK, 2, kWorks)));
}

TEST_F(NetworkStateTest, an_interface_without_an_address_does_not_count) {
  EXPECT_FALSE(changes(link(RTM_NEWLINK, 9, kWorks)));
  EXPECT_FALSE(changes(link(RTM_NEWLINK, 9, 0)));
}

TEST_F(NetworkStateTest, a_default_route_that_comes_goes_or_leads_elsewhere_is_a_change) {
  EXPECT_TRUE(changes(route(RTM_NEWROUTE, kGateway)));
  EXPECT_FALSE(changes(route(RTM_NEWROUTE, kGateway)));
  EXPECT_TRUE(changes(route(RTM_NEWROUTE, {10, 0, 0, 1})));
  EXPECT_TRUE(changes(route(RTM_NEWROUTE, kGateway))) << "and back";
  EXPECT_TRUE(changes(route(RTM_DELROUTE, kGateway)));
  EXPECT_FALSE(changes(route(RTM_NEWROUTE, kGateway, 24))) << "a network's";
  EXPECT_FALSE(changes(route(RTM_NEWROUTE, kGateway, 0, RTN_UNREACHABLE)));
}

TEST_F(NetworkStateTest, several_messages_come_in_one_piece_and_the_end_of_a_list_is_told) {
  Bytes piece = address(RTM_NEWADDR, 2, kAddress);
  const Bytes more = address(RTM_NEWADDR, 2, {10, 0, 0, 7});
  const Bytes done = message(NLMSG_DONE, std::int32_t{0});
  piece.insert(piece.end(), more.begin(), more.end());
  EXPECT_FALSE(state_.apply(piece).dumped);
  EXPECT_FALSE(changes(more));
  EXPECT_TRUE(state_.apply(done).dumped);
}

TEST_F(NetworkStateTest, what_ends_too_early_or_lies_about_its_length_is_left_out) {
  Bytes whole = address(RTM_NEWADDR, 2, kAddress);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(changes(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  Bytes lying = whole;
  lying[0] = 4;
  EXPECT_FALSE(changes(lying));
  lying = whole;
  lying[sizeof(nlmsghdr) + sizeof(ifaddrmsg)] = 200;
  EXPECT_FALSE(changes(lying));
  EXPECT_TRUE(changes(whole));
}

}  // namespace
}  // namespace pixelpass::traversal
