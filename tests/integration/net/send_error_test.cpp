#include "pixelpass/net/send_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <vector>

namespace pixelpass::net {
namespace {

SocketAddress to(const char* text) {
  return SocketAddress::parse(text).value();
}

TEST(SendErrorTest, is_what_the_system_says) {
  // A broadcast needs a permission that we do not ask for.
  EXPECT_EQ(send_error(to("127.255.255.255:9")), EACCES);
  EXPECT_EQ(send_error(SocketAddress::loopback(9)), std::nullopt);
}

class WhyNothingIsSentTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::optional<int> why(const std::vector<Path>& paths) const {
    return why_nothing_is_sent(paths, [this](const SocketAddress& remote) -> std::optional<int> {
      const auto at = errors_.find(remote.to_string());
      return at == errors_.end() ? std::nullopt : std::optional(at->second);
    });
  }

  std::map<std::string, int> errors_{
      {"192.0.2.1:9", ENETUNREACH}, {"[2001:db8::1]:9", EPERM}, {"203.0.113.2:9", EMSGSIZE}};
};

TEST_F(WhyNothingIsSentTest, is_what_holds_for_the_first_of_them) {
  EXPECT_EQ(why({{{}, to("[2001:db8::1]:9")}, {{}, to("203.0.113.2:9")}}), EPERM);
}

TEST_F(WhyNothingIsSentTest, is_no_missing_route_where_something_else_stops_what_has_one) {
  EXPECT_EQ(why({{{}, to("192.0.2.1:9")}, {{}, to("203.0.113.2:9")}}), EMSGSIZE);
  EXPECT_EQ(why({{{}, to("192.0.2.1:9")}}), ENETUNREACH);
}

TEST_F(WhyNothingIsSentTest, is_nothing_where_one_can_be_sent_to_or_there_is_none) {
  EXPECT_EQ(why({{{}, to("192.0.2.1:9")}, {{}, to("198.51.100.1:9")}}), std::nullopt);
  EXPECT_EQ(why({}), std::nullopt);
}

TEST_F(WhyNothingIsSentTest, leaves_out_this_machine_itself_and_relays) {
  const std::vector<Path> paths{
      {{}, SocketAddress::loopback(9)}, {{}, to("192.0.2.1:9")}, {{}, to("198.51.100.1:9"), Via::kOwnRelay}};
  EXPECT_EQ(why(paths), ENETUNREACH);
}

}  // namespace
}  // namespace pixelpass::net
