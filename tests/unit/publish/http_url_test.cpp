#include "publish/http_url.hpp"

#include <gtest/gtest.h>

namespace pixelpass::publish {
namespace {

HttpUrl asked_at() {
  return parse_http_url("https://engine.example.com/a/b/whip?x=1").value();
}

TEST(HttpUrlTest, a_scheme_has_its_port) {
  EXPECT_EQ(asked_at().port, 443);
  EXPECT_EQ(parse_http_url("http://a")->port, 80);
  EXPECT_EQ(parse_http_url("http://a")->path, "/");
  EXPECT_EQ(parse_http_url("http://[::1]:8889/x")->host, "::1");
  EXPECT_EQ(parse_http_url("http://[::1]:8889/x")->authority(), "[::1]:8889");
  EXPECT_EQ(asked_at().authority(), "engine.example.com");
  EXPECT_EQ(asked_at().path, "/a/b/whip?x=1");
}

TEST(HttpUrlTest, what_a_server_names_is_seen_from_where_it_was_asked) {
  struct Case {
    const char* location;
    const char* host;
    const char* path;
  };
  for (const auto& [location, host, path] :
       std::initializer_list<Case>{{"/session/1", "engine.example.com", "/session/1"},
                                   {"session/1?y=2", "engine.example.com", "/a/b/session/1?y=2"},
                                   {"../1", "engine.example.com", "/a/1"},
                                   {"//other/1", "other", "/1"},
                                   {"https://other:444/1#part", "other", "/1"}}) {
    const auto url = resolve_location(asked_at(), location);
    ASSERT_TRUE(url) << location;
    EXPECT_EQ(url->host, host) << location;
    EXPECT_EQ(url->path, path) << location;
  }
}

TEST(HttpUrlTest, there_are_places_where_nobody_is_sent) {
  for (const auto& location :
       {std::string(), std::string("http://engine.example.com/1"), std::string("ftp://a/1"),
        std::string("https://user:pass@a/1"), std::string("https://a/1\r\nX: y"), std::string("https:///1"),
        std::string("https://a:0/"), std::string("https://a:70000/"), "/" + std::string(kMaxUrlText, 'x')})
    EXPECT_FALSE(resolve_location(asked_at(), location)) << location;
}

}  // namespace
}  // namespace pixelpass::publish
