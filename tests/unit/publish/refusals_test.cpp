#include "publish/refusals.hpp"

#include "publish/engine_backoff.hpp"
#include <boost/system/errc.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace pixelpass::publish {
namespace {

using ::testing::HasSubstr;
namespace errc = boost::system::errc;

Target engine() {
  return parse_target("srt://engine:9000?passphrase=secretsecret&streamid=secret").value();
}

TEST(RefusalsTest, srt_s_own_words_become_ours) {
  struct Case {
    const char* said;
    const char* what;
    const char* hint;
  };
  for (const auto& [said, what, hint] : std::initializer_list<Case>{
           {"Failed to write to SRT socket: Failed to authenticate: Incorrect passphrase (sink)",
            "another passphrase", "?passphrase="},
           {"Failed to write to SRT socket: Failed to authenticate: Password required or unexpected (sink)",
            "one side has a passphrase", "?passphrase="},
           {"Failed to write to SRT socket: Error on SRT socket: Connection timeout (sink)", "no answer",
            "listens for SRT"},
           {"Failed to write to SRT socket: Error on SRT socket: Application-defined rejection reason (sink)",
            "does not take this stream", "streamid"},
           {"Failed to write to SRT socket: Socket is broken or closed (sink)", "ended the connection",
            "again"},
           {"what nobody has seen", "what nobody has seen", "log"}}) {
    const auto error = srt_failed(engine(), said, true);
    EXPECT_THAT(error.what, HasSubstr(what)) << said;
    EXPECT_THAT(error.hint, HasSubstr(hint)) << said;
    EXPECT_THAT(error.what, HasSubstr("srt://engine:9000 "));
  }
}

TEST(RefusalsTest, srt_that_says_nothing_but_that_it_never_came_about_was_refused) {
  const auto error =
      srt_failed(engine(), "Failed to write to SRT socket: Socket is broken or closed (sink)", false);
  EXPECT_THAT(error.what, HasSubstr("it has refused the connection"));
  EXPECT_THAT(error.hint, HasSubstr("streamid"));
  EXPECT_THAT(srt_failed(engine(), "Failed to authenticate: Incorrect passphrase (sink)", false).what,
              HasSubstr("another passphrase"));
}

TEST(RefusalsTest, a_socket_s_errors_say_what_to_do) {
  struct Case {
    errc::errc_t error;
    const char* what;
    const char* hint;
  };
  for (const auto& [error, what, hint] :
       std::initializer_list<Case>{{errc::connection_refused, "nothing listens", "start the engine"},
                                   {errc::timed_out, "no answer", "firewalls"},
                                   {errc::connection_reset, "ended the connection", "again"},
                                   {errc::network_unreachable, "nreachable", "network"}}) {
    EXPECT_THAT(socket_failed(engine(), errc::make_error_code(error)).what, HasSubstr(what));
    EXPECT_THAT(socket_failed(engine(), errc::make_error_code(error)).hint, HasSubstr(hint));
  }
  EXPECT_THAT(name_not_known(engine()).what, HasSubstr("name is not known"));
}

TEST(RefusalsTest, an_engine_s_status_says_what_to_do) {
  const auto whip = parse_target("https://secret@engine/secret").value();
  for (const auto& [status, what, hint] : std::initializer_list<std::tuple<int, const char*, const char*>>{
           {401, "wants a token", "https://TOKEN@HOST"},
           {403, "does not let this user publish, or somebody publishes there already", "TOKEN"},
           {404, "nothing at this path", "MediaMTX"},
           {405, "takes no streams", "MediaMTX"},
           {406, "no H.264", "allow"},
           {503, "cannot take a stream now", "again"},
           {500, "failed itself (HTTP 500)", "log"},
           {418, "HTTP 418", "path"}}) {
    const auto error = http_refused(whip, status);
    EXPECT_THAT(error.what, HasSubstr(what)) << status;
    EXPECT_THAT(error.hint, HasSubstr(hint)) << status;
    EXPECT_THAT(error.what + error.hint, testing::Not(HasSubstr("secret"))) << status;
  }
}

TEST(EngineBackoffTest, an_engine_that_does_not_answer_is_called_ever_more_rarely) {
  EngineBackoff backoff;
  const Instant now = Instant{} + 1h;
  std::vector<Duration> waits;
  for (int i = 0; i < 7; ++i) waits.push_back(backoff.on_failed(now));
  EXPECT_THAT(waits, testing::ElementsAre(1s, 2s, 4s, 8s, 16s, 30s, 30s));
}

TEST(EngineBackoffTest, one_that_has_taken_the_stream_for_a_while_is_called_again_soon) {
  EngineBackoff backoff;
  const Instant now = Instant{} + 1h;
  backoff.on_failed(now);
  backoff.on_failed(now);
  backoff.on_open(now);
  EXPECT_EQ(backoff.on_failed(now + 10s), 1s);
}

TEST(EngineBackoffTest, one_that_has_taken_nothing_has_not_worked) {
  EngineBackoff backoff;
  const Instant now = Instant{} + 1h;
  backoff.on_failed(now);
  backoff.on_open(now);
  EXPECT_EQ(backoff.on_failed(now + 10s, false), 2s);
}

TEST(EngineBackoffTest, one_that_lets_go_at_once_is_not_called_again_and_again) {
  EngineBackoff backoff;
  Instant now = Instant{} + 1h;
  for (const Duration expected : {1s, 2s, 4s, 8s}) {
    backoff.on_open(now);
    now += 1s;
    EXPECT_EQ(backoff.on_failed(now), expected);
  }
}

}  // namespace
}  // namespace pixelpass::publish
