#include "pixelpass/net/http_head.hpp"

#include <gmock/gmock.h>

#include <array>

namespace pixelpass::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const HttpTarget kTarget{
    .path = "/secret.ts", .hosts = {"127.0.0.1", "localhost"}, .port = 4321, .takes_query = false};

HeadVerdict judge(std::string_view head) {
  return judge_head(as_bytes(head), kTarget);
}

TEST(HttpHeadTest, ServesTheSecretPath) {
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.1\r\nHost: 127.0.0.1:4321\r\n\r\n"), HeadVerdict::kServe);
  EXPECT_EQ(judge("HEAD /secret.ts HTTP/1.1\r\nHost: 127.0.0.1:4321\r\n\r\n"), HeadVerdict::kServeHead);
}

TEST(HttpHeadTest, TakesItsOwnNamesInAnyCaseWithAndWithoutThePort) {
  for (const auto* host : {"127.0.0.1", "localhost", "LocalHost:4321", "127.0.0.1:4321"})
    EXPECT_EQ(judge("GET /secret.ts HTTP/1.1\r\nhost: " + std::string(host) + "\r\n\r\n"),
              HeadVerdict::kServe)
        << host;
}

TEST(HttpHeadTest, DoesNotExistForAForeignHost) {
  for (const auto* host : {"evil.example", "evil.example:4321", "127.0.0.1:80", "127.0.0.1.evil.example",
                           "xlocalhost", "localhost:4321:4321", "[::1]", "", ":4321"})
    EXPECT_EQ(judge("GET /secret.ts HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"),
              HeadVerdict::kNotFound)
        << host;
}

TEST(HttpHeadTest, DoesNotFindAnyOtherPath) {
  for (const auto* path : {"/", "/secret", "/secret.ts/", "/secret.ts?x=1", "/SECRET.ts", "/secret.tt", "*"})
    EXPECT_EQ(judge("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              HeadVerdict::kNotFound)
        << path;
}

TEST(HttpHeadTest, SaysThatAMethodIsWrongOnlyToWhoKnowsThePath) {
  EXPECT_EQ(judge("POST /secret.ts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"),
            HeadVerdict::kMethodNotAllowed);
  EXPECT_EQ(judge("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"), HeadVerdict::kNotFound);
}

TEST(HttpHeadTest, ServesHttp10WithAndWithoutAHost) {
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.0\r\n\r\n"), HeadVerdict::kServe);
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.0\r\nHost: localhost\r\n\r\n"), HeadVerdict::kServe);
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.0\r\nHost: evil.example\r\n\r\n"), HeadVerdict::kNotFound);
}

TEST(HttpHeadTest, WantsExactlyOneHostInHttp11) {
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.1\r\n\r\n"), HeadVerdict::kBadRequest);
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
            HeadVerdict::kBadRequest);
}

TEST(HttpHeadTest, TakesTheAbsoluteForm) {
  EXPECT_EQ(judge("GET http://localhost:4321/secret.ts HTTP/1.1\r\nHost: localhost:4321\r\n\r\n"),
            HeadVerdict::kServe);
  EXPECT_EQ(judge("GET http://evil.example/secret.ts HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            HeadVerdict::kNotFound);
}

TEST(HttpHeadTest, IgnoresARange) {
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-\r\n\r\n"),
            HeadVerdict::kServe);
}

TEST(HttpHeadTest, AsksForMoreUntilTheHeadIsWhole) {
  const std::string head = "GET /secret.ts HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size)
    EXPECT_EQ(judge(head.substr(0, size)), HeadVerdict::kNeedMore) << size;
}

TEST(HttpHeadTest, RefusesWhatIsNotHttp) {
  EXPECT_EQ(judge("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), HeadVerdict::kBadRequest);
  EXPECT_EQ(judge("GET /secret.ts\r\n\r\n"), HeadVerdict::kBadRequest);
  EXPECT_EQ(judge("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HeadVerdict::kBadRequest);
  EXPECT_EQ(judge("GET /secret.ts HTTP/1.7\r\nHost: localhost\r\n\r\n"), HeadVerdict::kBadRequest);
}

TEST(HttpHeadTest, RefusesAHeadThatIsTooLong) {
  std::string head = "GET /secret.ts HTTP/1.1\r\nHost: localhost\r\nX: ";
  head.append(kMaxHeadBytes, 'x');
  EXPECT_EQ(judge(head), HeadVerdict::kTooLarge);
  EXPECT_EQ(judge(std::string(kMaxHeadBytes, 'x')), HeadVerdict::kTooLarge) << "not even one line";
}

TEST(HttpHeadTest, AnswersWithAStreamThatEndsWithTheConnection) {
  const std::array<HttpField, 1> fields{{{"Content-Type", "application/octet-stream"}}};
  const auto head = response_head(HeadVerdict::kServe, fields);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/octet-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(head, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
}

TEST(HttpHeadTest, SaysNothingOfWhatIsServedWhereItIsNot) {
  const std::array<HttpField, 1> fields{{{"Content-Type", "text/html"}}};
  EXPECT_THAT(response_head(HeadVerdict::kNotFound, fields), Not(HasSubstr("text/html")));
}

TEST(HttpHeadTest, TakesAnyHostAndAnyQueryWhereTheTargetDoes) {
  const HttpTarget page{.path = "/", .hosts = {}, .port = 4321, .takes_query = true};
  const auto judge_page = [&](std::string_view head) { return judge_head(as_bytes(head), page); };
  for (const auto* path :
       {"/", "/?", "/?from=chat", "/?a?b", "/%23pp1abc", "/%2523pp1abc?x", "http://[2001:db8::1]:4321/?x"})
    EXPECT_EQ(judge_page("GET " + std::string(path) + " HTTP/1.1\r\nHost: any.example\r\n\r\n"),
              HeadVerdict::kServe)
        << path;
  for (const auto* path : {"/x", "/x?", "/x%23", "?", "%23", "//", "/..", "*"})
    EXPECT_EQ(judge_page("GET " + std::string(path) + " HTTP/1.1\r\nHost: any.example\r\n\r\n"),
              HeadVerdict::kNotFound)
        << path;
}

TEST(HttpHeadTest, RefusesWithTheStatusOfTheVerdict) {
  EXPECT_THAT(response_head(HeadVerdict::kBadRequest, {}), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(response_head(HeadVerdict::kNotFound, {}), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(response_head(HeadVerdict::kMethodNotAllowed, {}), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(response_head(HeadVerdict::kMethodNotAllowed, {}), HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(response_head(HeadVerdict::kTooLarge, {}), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(response_head(HeadVerdict::kNotFound, {}), HasSubstr("Content-Length: 0\r\n"));
}

}  // namespace
}  // namespace pixelpass::net
