#include "publish/ice_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> uris_in(std::string_view link) {
  std::vector<IceServer> servers;
  add_ice_servers(link, servers);
  std::vector<std::string> uris;
  for (const auto& server : servers) uris.push_back(server.uri);
  return uris;
}

TEST(IceServersTest, a_link_names_stun_and_turn) {
  EXPECT_THAT(uris_in(R"(<stun:stun.example.net>; rel="ice-server")"),
              ElementsAre("stun://stun.example.net:3478"));
  EXPECT_THAT(uris_in(R"(<turn:turn.example.net:99?transport=udp>; rel="ice-server"; username="us:er"; )"
                      R"(credential="pass@\"word"; credential-type="password")"),
              ElementsAre("turn://us%3Aer:pass%40%22word@turn.example.net:99?transport=udp"));
  EXPECT_THAT(uris_in("<turns:[::1]>;REL=ice-server;username=u;credential=p"),
              ElementsAre("turns://u:p@[::1]:5349?transport=tcp"));
}

TEST(IceServersTest, one_field_may_have_several) {
  EXPECT_THAT(
      uris_in(R"(<stun:a>; rel="ice-server", <https://a/b,c>; rel="next", <stun:b:1>; rel="ice-server")"),
      ElementsAre("stun://a:3478", "stun://b:1"));
}

TEST(IceServersTest, what_is_written_otherwise_is_passed_over) {
  for (const auto* link : {"", "stun:a", "<stun:a", "<stun:a>", R"(<stun:>; rel="ice-server")",
                           R"(<stun:a b>; rel="ice-server")", R"(<turn:a>; rel="ice-server")",
                           R"(<http://a>; rel="ice-server")", R"(<stun:a>; rel="next)"})
    EXPECT_THAT(uris_in(link), IsEmpty()) << link;
}

TEST(IceServersTest, more_than_a_few_are_left_out) {
  std::string link;
  for (int i = 0; i < 100; ++i) link += R"(<stun:a>; rel="ice-server", )";
  EXPECT_EQ(uris_in(link).size(), kMostIceServers);
}

}  // namespace
}  // namespace pixelpass::publish
