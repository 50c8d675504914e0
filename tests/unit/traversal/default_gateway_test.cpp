#include "traversal/default_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace pixelpass::traversal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHead =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

class DefaultGatewayTest : public testing::Test {
 protected:
  DefaultGatewayTest() { fs::create_directory(folder_); }
  ~DefaultGatewayTest() override { fs::remove_all(folder_); }

  void write(const char* name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  void routes(const std::string& lines) const { write("route", std::string(kHead) + lines); }

  const fs::path folder_ = fs::temp_directory_path() / ("pixelpass-gateway-" + std::to_string(getpid()));
};

TEST_F(DefaultGatewayTest, IsTheOneOfTheDefaultRoute) {
  routes(
      "wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n"
      "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n");
  const auto gateway = default_gateway_v4(folder_);
  ASSERT_TRUE(gateway);
  EXPECT_EQ(gateway->address, *SocketAddress::parse("192.168.1.1"));
  EXPECT_EQ(gateway->interface, "wlan0");
}

TEST_F(DefaultGatewayTest, OfTwoTheOneWithTheSmallerMetric) {
  routes(
      "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
      "eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
      "usb0\t00000000\t0103A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0\n");
  ASSERT_TRUE(default_gateway_v4(folder_));
  EXPECT_EQ(default_gateway_v4(folder_)->interface, "eth0");
}

TEST_F(DefaultGatewayTest, ARouteThatRefusesOrHasNoGatewayIsNone) {
  routes(
      "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
      "*\t00000000\t0101A8C0\t0203\t0\t0\t0\t00000000\t0\t0\t0\n"
      "tun0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n");
  EXPECT_FALSE(default_gateway_v4(folder_));
}

TEST_F(DefaultGatewayTest, WhereThereAreNoRoutesThereIsNone) {
  EXPECT_FALSE(default_gateway_v4(folder_));
  EXPECT_FALSE(default_gateway_v6(folder_));
}

TEST_F(DefaultGatewayTest, ALinkLocalOneHasItsZone) {
  const std::string zeros(32, '0');
  write("ipv6_route", zeros + " 00 " + zeros +
                          " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 lo\n" +
                          zeros + " 00 " + zeros + " 00 " + zeros +
                          " ffffffff 00000001 00000000 00200200 lo\n");
  const auto gateway = default_gateway_v6(folder_);
  ASSERT_TRUE(gateway);
  EXPECT_EQ(gateway->address.to_string(), "[fe80::1]:0");
  EXPECT_EQ(reinterpret_cast<const sockaddr_in6*>(gateway->address.get())->sin6_scope_id, 1U);
}

TEST_F(DefaultGatewayTest, LinesThatAreNoneAreLeftOut) {
  write("ipv6_route", "zz\n\n" + std::string(32, '0') + " 00 " + std::string(32, '0') +
                          " 00 fe80zz00000000000000000000000001 00000400 1 0 00000003 lo\n");
  routes("x\n\n\t\teth0\t00000000\tgg\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  EXPECT_FALSE(default_gateway_v4(folder_));
  EXPECT_FALSE(default_gateway_v6(folder_));
}

}  // namespace
}  // namespace pixelpass::traversal
