#include "pixelpass/traversal/interfaces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace pixelpass::traversal {
namespace {

using ::testing::ElementsAre;

SocketAddress ip(std::string_view text) {
  return SocketAddress::parse(text).value();
}

std::vector<std::string> chosen(std::string_view bound, const std::vector<InterfaceAddress>& interfaces) {
  std::vector<std::string> texts;
  for (const auto& candidate : choose_candidates(ip(bound), interfaces)) {
    EXPECT_EQ(candidate.kind, CandidateKind::kHost);
    texts.push_back(candidate.address.to_string());
  }
  return texts;
}

TEST(CandidatesTest, a_socket_bound_to_one_address_gives_that_address_alone) {
  EXPECT_THAT(chosen("127.0.0.1:5000", {{"eth0", ip("192.168.1.5")}}), ElementsAre("127.0.0.1:5000"));
  EXPECT_THAT(chosen("[::ffff:10.0.0.1]:7", {}), ElementsAre("10.0.0.1:7"));
}

TEST(CandidatesTest, all_interfaces_give_ipv4_then_global_ipv6_then_local_ipv6_then_loopback) {
  EXPECT_THAT(chosen("[::]:5000", {{"lo", ip("127.0.0.1")},
                                   {"lo", ip("::1")},
                                   {"eth0", ip("fd00::5")},
                                   {"eth0", ip("2001:db8::5")},
                                   {"eth0", ip("192.168.1.5")}}),
              ElementsAre("192.168.1.5:5000", "[2001:db8::5]:5000", "[fd00::5]:5000", "127.0.0.1:5000"));
}

/// Two machines on one cable.
TEST(CandidatesTest, a_link_local_ipv4_address_comes_last_but_is_there) {
  EXPECT_THAT(chosen("[::]:5000", {{"eth0", ip("fe80::1")}, {"eth0", ip("169.254.3.4")}}),
              ElementsAre("169.254.3.4:5000", "127.0.0.1:5000"));
  EXPECT_THAT(chosen("[::]:5000", {{"eth0", ip("169.254.3.4")}, {"eth1", ip("10.0.0.2")}}),
              ElementsAre("10.0.0.2:5000", "169.254.3.4:5000", "127.0.0.1:5000"));
}

TEST(CandidatesTest, a_link_local_ipv6_address_is_there_where_nothing_else_is) {
  const InterfaceAddress cable{"eth0", ip("fe80::1")};
  EXPECT_THAT(chosen("[::]:5000", {{"lo", ip("::1")}, cable}),
              ElementsAre("[fe80::1]:5000", "127.0.0.1:5000"));
  EXPECT_THAT(chosen("[::]:5000", {cable, {"eth0", ip("fd00::5")}}),
              ElementsAre("[fd00::5]:5000", "127.0.0.1:5000"));
  EXPECT_THAT(chosen("[::]:5000", {{"docker0", ip("172.17.0.1"), InterfaceKind::kEmpty}, cable}),
              ElementsAre("[fe80::1]:5000", "172.17.0.1:5000", "127.0.0.1:5000"));
  EXPECT_THAT(chosen("0.0.0.0:5000", {cable}), ElementsAre("127.0.0.1:5000"));
  EXPECT_THAT(chosen("[::]:5000", {{"eth0", ip("fe80::1"), InterfaceKind::kEmpty}}),
              ElementsAre("127.0.0.1:5000"));
}

/// A cable beside what leads elsewhere, or nowhere.
TEST(CandidatesTest, a_link_local_ipv6_address_is_there_where_its_interface_has_nothing_else) {
  const InterfaceAddress cable{"eth0", ip("fe80::1")};
  const InterfaceAddress docker{"docker0", ip("172.17.0.1"), InterfaceKind::kVirtual};
  EXPECT_THAT(chosen("[::]:9", {docker, {"docker0", ip("fe80::2"), InterfaceKind::kVirtual}, cable}),
              ElementsAre("[fe80::1]:9", "172.17.0.1:9", "127.0.0.1:9"));
  EXPECT_THAT(chosen("[::]:9", {{"wg0", ip("10.8.0.2")}, cable}),
              ElementsAre("10.8.0.2:9", "[fe80::1]:9", "127.0.0.1:9"));
  EXPECT_THAT(chosen("[::]:9", {docker, {"eth0", ip("169.254.3.4")}, cable}),
              ElementsAre("169.254.3.4:9", "172.17.0.1:9", "127.0.0.1:9"));
  EXPECT_THAT(chosen("0.0.0.0:9", {docker, cable}), ElementsAre("172.17.0.1:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, one_address_of_each_ordinary_interface_stays_however_many_there_are) {
  std::vector<InterfaceAddress> many;
  const auto dotted = [](int i) { return std::to_string(i); };
  for (int i = 1; i < 41; ++i) many.push_back({"eth0", ip("10.0.0." + dotted(i))});
  for (int i = 1; i < 41; ++i)
    many.push_back({"br" + dotted(i), ip("172.17." + dotted(i) + ".1"), InterfaceKind::kVirtual});
  many.push_back({"eth1", ip("169.254.3.4")});
  many.push_back({"eth2", ip("fe80::1")});
  const auto texts = chosen("[::]:9", many);
  EXPECT_EQ(texts.size(), kMaxCandidates);
  EXPECT_THAT(texts, ::testing::IsSupersetOf({"10.0.0.1:9", "169.254.3.4:9", "[fe80::1]:9", "127.0.0.1:9"}));
}

TEST(CandidatesTest, a_link_local_ipv6_address_is_dialled_on_each_of_the_viewer_s_links) {
  const std::vector<Candidate> ticket{{CandidateKind::kHost, ip("[fe80::1]:5000")},
                                      {CandidateKind::kHost, ip("10.0.0.2:5000")}};
  const std::vector<InterfaceAddress> links{{"eth0", ip("fe80::7")},
                                            {"eth0", ip("10.0.0.7")},
                                            {"wlan0", ip("fe80::8")},
                                            {"wlan0", ip("fe80::9")},
                                            {"virbr0", ip("fe80::a"), InterfaceKind::kEmpty}};
  const auto dialled =
      on_each_link(ticket, links, [](const std::string& name) { return name == "eth0" ? 2U : 3U; });
  ASSERT_EQ(dialled.size(), 3U);
  const auto zone = [&](std::size_t i) {
    return reinterpret_cast<const sockaddr_in6*>(dialled.at(i).address.get())->sin6_scope_id;
  };
  EXPECT_EQ(zone(0), 2U);
  EXPECT_EQ(zone(1), 3U);
  EXPECT_NE(dialled[0].address, dialled[1].address) << "two machines may have it";
  EXPECT_EQ(dialled[2], ticket[1]);
  EXPECT_TRUE(on_each_link(std::span(ticket).first(1), {}, [](const std::string&) { return 1U; }).empty());
}

TEST(CandidatesTest, an_ipv4_socket_gives_no_ipv6_address) {
  EXPECT_THAT(chosen("0.0.0.0:9", {{"eth0", ip("2001:db8::5")}, {"eth0", ip("10.0.0.2")}}),
              ElementsAre("10.0.0.2:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, what_belongs_to_containers_comes_late_and_is_never_left_out) {
  const InterfaceAddress virbr{"virbr0", ip("192.168.122.1"), InterfaceKind::kVirtual};
  EXPECT_THAT(chosen("[::]:9", {virbr, {"br-lan", ip("10.0.0.2")}}),
              ElementsAre("10.0.0.2:9", "192.168.122.1:9", "127.0.0.1:9"));
  const InterfaceAddress lan{"br-lan", ip("10.0.0.2"), InterfaceKind::kVirtual};
  EXPECT_THAT(chosen("[::]:9", {{"virbr0", ip("192.168.122.1")}, lan}),
              ElementsAre("192.168.122.1:9", "10.0.0.2:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, an_interface_with_nobody_behind_it_comes_last_and_is_never_left_out) {
  const InterfaceAddress docker{"docker0", ip("172.17.0.1"), InterfaceKind::kEmpty};
  EXPECT_THAT(
      chosen("[::]:9",
             {docker, {"veth1", ip("10.0.3.1"), InterfaceKind::kVirtual}, {"eth0", ip("169.254.3.4")}}),
      ElementsAre("169.254.3.4:9", "10.0.3.1:9", "172.17.0.1:9", "127.0.0.1:9"));
  EXPECT_THAT(chosen("[::]:9", {docker}), ElementsAre("172.17.0.1:9", "127.0.0.1:9"));
}

/// A folder like /sys/class/net.
class InterfaceKindTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/interfaces-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void add(const std::string& name, int index, int link, const std::vector<std::string>& inside) const {
    for (const auto& entry : inside) std::filesystem::create_directories(folder_ / name / entry);
    std::filesystem::create_directories(folder_ / name);
    std::ofstream(folder_ / name / "ifindex") << index << "\n";
    std::ofstream(folder_ / name / "iflink") << link << "\n";
  }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  [[nodiscard]] InterfaceKind kind(const std::string& name,
                                   const std::set<std::string>& ways_out = {}) const {
    return interface_kind(folder_, name, ways_out);
  }

  std::filesystem::path folder_;
};

TEST_F(InterfaceKindTest, is_what_the_kernel_says_and_not_what_the_name_says) {
  add("eth0", 2, 2, {"device"});
  add("veth1", 3, 7, {});
  add("br-lan", 4, 4, {"bridge", "lower_eth0"});
  add("uplink", 5, 5, {"bridge", "lower_veth1"});
  add("docker0", 6, 6, {"device"});
  add("vlan", 8, 2, {"lower_eth0"});
  add("wg0", 9, 9, {});
  add("bond0", 10, 10, {"lower_eth0"});
  add("bond0.7", 11, 10, {"lower_bond0"});
  add("br7", 12, 12, {"bridge", "lower_veth1", "lower_bond0.7"});
  for (const char* name : {"eth0", "br-lan", "docker0", "vlan", "wg0", "bond0.7", "br7", "gone"})
    EXPECT_EQ(kind(name), InterfaceKind::kOrdinary) << name;
  for (const char* name : {"veth1", "uplink"}) EXPECT_EQ(kind(name), InterfaceKind::kVirtual) << name;
}

/// A container's own interface is one end of a pair, too.
TEST_F(InterfaceKindTest, is_ordinary_where_the_default_route_goes) {
  add("eth0", 2, 7, {});
  add("br-lan", 5, 5, {"bridge", "lower_veth1"});
  for (const char* name : {"eth0", "br-lan"}) {
    EXPECT_EQ(kind(name), InterfaceKind::kVirtual) << name;
    EXPECT_EQ(kind(name, {name}), InterfaceKind::kOrdinary) << name;
  }
}

TEST_F(InterfaceKindTest, is_empty_without_a_carrier_and_without_a_port) {
  add("virbr0", 3, 3, {"bridge"});
  add("eth0", 4, 4, {"device"});
  add("eth1", 5, 5, {"device"});
  write("eth0/carrier", "0\n");
  write("eth1/carrier", "1\n");
  EXPECT_EQ(kind("virbr0", {"virbr0"}), InterfaceKind::kEmpty);
  EXPECT_EQ(kind("eth0"), InterfaceKind::kEmpty);
  EXPECT_EQ(kind("eth1"), InterfaceKind::kOrdinary);
}

TEST_F(InterfaceKindTest, default_routes_are_read_from_what_the_kernel_lists) {
  EXPECT_TRUE(default_routes(folder_).empty());
  write("route",
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "br-lan\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "half\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
        "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        "none\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"
        "cut off");
  const std::string zeros(32, '0');
  write("ipv6_route", zeros + " 00 " + zeros + " 00 fe80" + std::string(28, '0') +
                          " 00000400 00000001 00000000 00000003 wlan0\n" +  //
                          zeros + " 00 " + zeros + " 00 " + zeros +
                          " ffffffff 00000001 00000000 00200200       lo\n");
  EXPECT_THAT(default_routes(folder_), ElementsAre("br-lan", "wlan0"));
}

TEST(CandidatesTest, the_same_address_on_two_interfaces_comes_once) {
  EXPECT_THAT(chosen("[::]:9", {{"a", ip("10.0.0.2")}, {"b", ip("10.0.0.2")}}),
              ElementsAre("10.0.0.2:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, never_more_than_a_ticket_takes_and_loopback_still_among_them) {
  std::vector<InterfaceAddress> many;
  for (int i = 1; i < 100; ++i) many.push_back({"eth0", ip("10.0.0." + std::to_string(i))});
  const auto texts = chosen("[::]:9", many);
  EXPECT_EQ(texts.size(), kMaxCandidates);
  EXPECT_EQ(texts.back(), "127.0.0.1:9");
}

}  // namespace
}  // namespace pixelpass::traversal
